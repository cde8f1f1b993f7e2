using KafkaDatasets.Fetching.Direct.Records;
using Xunit;

namespace KafkaDatasets.Tests.Fetching.Direct;

/// <summary>What is to be fetched next, by the headers of batches of which one may be damaged.</summary>
public sealed class SliceScanTests
{
    private const int OffsetDeltaAt = 23;

    /// <summary>The last batch of a slice claims offsets far behind its own: it is not believed, but fetched again with what follows it.</summary>
    [Theory]
    [InlineData(0, 1)] // 16 million offsets too many
    [InlineData(1, 1)]
    [InlineData(3, 3)] // one offset too few
    public void A_damaged_batch_at_the_end_is_fetched_again(int at, byte flipped)
    {
        byte[] bytes = [.. Batch(0), .. Batch(2)];
        byte[] damaged = [.. bytes];
        damaged[(bytes.Length / 2) + OffsetDeltaAt + at] ^= flipped;

        Assert.Equal((bytes.Length, 4L), Scan(bytes));
        Assert.Equal((bytes.Length / 2, 2L), Scan(damaged));
        Assert.Equal((bytes.Length, 4L), Scan([.. damaged, .. Batch(4)[..20]])); // the next batch tells where it ends
        Assert.Equal((bytes.Length / 2, 4L), Scan([.. damaged[(bytes.Length / 2)..], .. Batch(4)[..20]], 2));
    }

    /// <summary>Offsets that compaction has removed are no damage.</summary>
    [Fact]
    public void A_sound_batch_with_gaps_at_the_end_is_believed()
    {
        byte[] bytes = [.. Batch(0), .. new TestBatch { BaseOffset = 2, LastOffsetDelta = 20, Records = [new TestRecord(3, [1]), new TestRecord(9, [2])] }.ToBytes()];

        Assert.Equal((bytes.Length, 23L), Scan(bytes));
    }

    private static byte[] Batch(long first) => new TestBatch { BaseOffset = first, LastOffsetDelta = 1, Records = [new TestRecord(0, [1]), new TestRecord(1, [2])] }.ToBytes();

    private static (int Length, long NextOffset) Scan(byte[] bytes, long position = 0)
    {
        var scan = SliceScan.Of(bytes, position, 1000);
        return (scan.Length, scan.NextOffset);
    }
}
