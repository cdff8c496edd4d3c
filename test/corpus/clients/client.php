<?php
// Sends one picture as PHP's manual shows it: client.php KIND URL FILE
[, $kind, $url, $file] = $argv;
if ($kind === 'curl') {
    $curl = curl_init($url);
    curl_setopt($curl, CURLOPT_RETURNTRANSFER, true);
    curl_setopt($curl, CURLOPT_POSTFIELDS, ['image' => new CURLFile($file), 'angle' => '90']);
    curl_exec($curl);
} else {
    $body = json_encode(['image' => base64_encode(file_get_contents($file)), 'angle' => 90]);
    $http = ['method' => 'POST', 'header' => 'Content-Type: application/json', 'content' => $body];
    file_get_contents($url, false, stream_context_create(['http' => $http]));
}
