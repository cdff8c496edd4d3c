import java.io.ByteArrayOutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;

/** Sends one picture as Java's own clients send it: java Client.java KIND URL FILE */
class Client {
  public static void main(String[] args) throws Exception {
    byte[] picture = Files.readAllBytes(Path.of(args[2]));
    URI turned = URI.create(args[1] + "?angle=90");
    if (args[0].equals("connection")) {
      HttpURLConnection connection = (HttpURLConnection) turned.toURL().openConnection();
      connection.setDoOutput(true);
      connection.getOutputStream().write(picture);
      connection.getInputStream().readAllBytes();
      return;
    }
    HttpRequest.Builder request = HttpRequest.newBuilder(args[0].equals("client") ? turned : URI.create(args[1]));
    if (args[0].equals("client")) {
      request.POST(HttpRequest.BodyPublishers.ofByteArray(picture));
    } else {
      String boundary = "----Java" + Long.toHexString(System.nanoTime());
      ByteArrayOutputStream body = new ByteArrayOutputStream();
      body.write(("--" + boundary + "\r\nContent-Disposition: form-data; name=\"angle\"\r\n\r\n90\r\n").getBytes());
      body.write(("--" + boundary + "\r\nContent-Disposition: form-data; name=\"image\"; filename=\"photo.jpg\"\r\n"
          + "Content-Type: image/jpeg\r\n\r\n").getBytes());
      body.write(picture);
      body.write(("\r\n--" + boundary + "--\r\n").getBytes());
      request.header("Content-Type", "multipart/form-data;boundary=" + boundary);
      request.POST(HttpRequest.BodyPublishers.ofByteArray(body.toByteArray()));
    }
    HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
  }
}
