# Sends one picture with HTTP::Tiny: client.pl URL FILE
use strict;
use warnings;
use HTTP::Tiny;
my ($url, $file) = @ARGV;
open(my $in, '<:raw', $file) or die;
local $/;
HTTP::Tiny->new->post($url, { content => <$in>, headers => { 'content-type' => 'image/jpeg' } });
