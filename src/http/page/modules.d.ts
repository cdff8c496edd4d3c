declare module '*.css';

/** The address of the file as it is, beside the script. */
declare module '*?file' {
  const address: string;
  export default address;
}
