using System.Text;
using CsCheck;
using KafkaDatasets.Fetching.Direct.Records;
using Xunit;

namespace KafkaDatasets.Tests.Fetching.Direct;

public class Crc32CTests
{
    [Theory]
    [InlineData("", 0u)]
    [InlineData("123456789", 0xE3069283u)]
    [InlineData("The quick brown fox jumps over the lazy dog", 0x22620404u)]
    public void Known_sums(string text, uint expected) => Assert.Equal(expected, Crc32C.Compute(Encoding.ASCII.GetBytes(text)));

    [Fact]
    public void Any_length_gives_what_a_byte_at_a_time_gives() =>
        Gen.Int[0, 40_000].Select(Gen.Int).Sample(
            (length, seed) =>
            {
                byte[] bytes = new byte[length];
                new Random(seed).NextBytes(bytes);
                return Crc32C.Compute(bytes) == TestBatch.Crc(bytes);
            },
            iter: 300);
}
