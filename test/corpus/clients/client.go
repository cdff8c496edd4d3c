// Sends one picture as net/http and mime/multipart send it: client.go KIND URL FILE
package main

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
)

func main() {
	kind, url, file := os.Args[1], os.Args[2], os.Args[3]
	picture, err := os.Open(file)
	if err != nil {
		panic(err)
	}
	if kind == "data" {
		// An os.File has no length that net/http knows: it is sent in chunks.
		http.Post(url+"?angle=90", "image/jpeg", picture)
		return
	}
	body := &bytes.Buffer{}
	form := multipart.NewWriter(body)
	part, _ := form.CreateFormFile("image", filepath.Base(file))
	io.Copy(part, picture)
	form.WriteField("angle", "90")
	form.Close()
	http.Post(url, form.FormDataContentType(), body)
}
