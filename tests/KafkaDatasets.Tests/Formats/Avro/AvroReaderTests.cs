using CsCheck;
using KafkaDatasets.Formats.Avro;
using KafkaDatasets.Rows;
using Xunit;

namespace KafkaDatasets.Tests.Formats.Avro;

public sealed class AvroReaderTests
{
    [Fact]
    public void Longs_are_read_as_Apache_Avro_writes_them() => Gen.OneOf(Gen.Long, Gen.Int[-200, 200].Select(i => (long)i), Gen.Int[0, 62].Select(i => 1L << i)).Sample(
        value =>
        {
            byte[] bytes = AvroBytes.Encode(e => e.WriteLong(value));
            var reader = new AvroReader(bytes);
            Assert.Equal(value, reader.ReadLong());
            Assert.Equal(0, reader.Remaining);
            var again = new AvroReader(bytes);
            if (value == (int)value)
            {
                Assert.Equal((int)value, again.ReadInt());
            }
            else
            {
                AssertMalformed(bytes, r => r.ReadInt());
            }
        },
        iter: 2000);

    [Theory]
    [InlineData("")]
    [InlineData("80")]
    [InlineData("FFFFFFFFFFFFFFFFFF")]
    [InlineData("FFFFFFFFFFFFFFFFFF02")]
    [InlineData("FFFFFFFFFFFFFFFFFF81")]
    [InlineData("FFFFFFFFFFFFFFFFFFFF01")]
    [InlineData("80808080808080808080808000")]
    public void An_integer_that_is_cut_off_or_too_long_is_malformed(string hex) => AssertMalformed(Convert.FromHexString(hex), r => r.ReadLong());

    [Fact]
    public void Needlessly_long_integers_are_read()
    {
        var reader = new AvroReader([0x82, 0x80, 0x80, 0x00]);
        Assert.Equal(1, reader.ReadLong());
        Assert.Equal(0, reader.Remaining);
    }

    [Theory]
    [InlineData("02")]
    [InlineData("01")]
    [InlineData("FEFFFFFFFFFFFFFFFF01")]
    [InlineData("FFFFFFFFFFFFFFFFFF01")]
    public void A_length_that_is_negative_or_beyond_the_end_is_malformed(string hex) => AssertMalformed(Convert.FromHexString(hex), r => r.ReadBytes().Length);

    private static void AssertMalformed(byte[] bytes, Func<Reader, long> read) => Assert.Throws<MalformedValueException>(() => read(new Reader(bytes)));

    /// <summary>A lambda cannot take a ref struct.</summary>
    private sealed class Reader(byte[] bytes)
    {
        public long ReadLong() => new AvroReader(bytes).ReadLong();

        public int ReadInt() => new AvroReader(bytes).ReadInt();

        public ReadOnlySpan<byte> ReadBytes() => new AvroReader(bytes).ReadBytes();
    }
}
