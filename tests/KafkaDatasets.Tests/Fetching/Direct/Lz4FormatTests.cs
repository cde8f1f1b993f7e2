using KafkaDatasets.Fetching.Direct.Records;
using Xunit;

namespace KafkaDatasets.Tests.Fetching.Direct;

public class Lz4FormatTests
{
    /// <summary>A stored block, and one that repeats eight bytes from three bytes before it.</summary>
    private static readonly byte[] Blocks = [3, 0, 0, 0x80, 7, 8, 9, 4, 0, 0, 0, 0x04, 3, 0, 0, 0, 0, 0, 0];

    [Fact]
    public void Linked_blocks_refer_to_the_blocks_before_them() => Assert.Equal([7, 8, 9, 7, 8, 9, 7, 8, 9, 7, 8], Decompress(isLinked: true));

    [Fact]
    public void Independent_blocks_do_not() => Assert.Throws<BatchFault>(() => Decompress(isLinked: false));

    private static byte[] Decompress(bool isLinked)
    {
        const int room = 100;
        byte[] frame = [0x04, 0x22, 0x4D, 0x18, (byte)(isLinked ? 0x40 : 0x60), 0x40, 0, .. Blocks];
        byte[] target = new byte[5 + room + SharedBuffer.Slack];
        int written = Lz4Format.Decompress([1, 2, .. frame, .. new byte[SharedBuffer.Slack]], 2, frame.Length, target, 5, room);
        return target[5..(5 + written)];
    }
}
