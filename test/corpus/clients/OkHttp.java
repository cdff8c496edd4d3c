import java.io.File;
import okhttp3.MediaType;
import okhttp3.MultipartBody;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;

/** Sends one picture as OkHttp sends it, and Retrofit with it: java -cp okhttp.jar:okio.jar OkHttp.java URL FILE */
class OkHttp {
  public static void main(String[] args) throws Exception {
    File picture = new File(args[1]);
    MultipartBody body = new MultipartBody.Builder().setType(MultipartBody.FORM)
        .addFormDataPart("angle", "90")
        .addFormDataPart("image", picture.getName(), RequestBody.create(MediaType.get("image/jpeg"), picture))
        .build();
    new OkHttpClient().newCall(new Request.Builder().url(args[0]).post(body).build()).execute();
    System.exit(0);
  }
}
