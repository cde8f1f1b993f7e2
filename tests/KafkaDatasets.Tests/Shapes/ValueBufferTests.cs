using KafkaDatasets.Shapes;
using Xunit;

namespace KafkaDatasets.Tests.Shapes;

public sealed class ValueBufferTests
{
    /// <summary>The examples of the Avro specification ("Binary Encoding") and the ends of the range.</summary>
    [Theory]
    [InlineData(0, "00")]
    [InlineData(-1, "01")]
    [InlineData(1, "02")]
    [InlineData(-2, "03")]
    [InlineData(-64, "7F")]
    [InlineData(64, "8001")]
    [InlineData(int.MaxValue, "FEFFFFFF0F")]
    [InlineData(long.MaxValue, "FEFFFFFFFFFFFFFFFF01")]
    [InlineData(long.MinValue, "FFFFFFFFFFFFFFFFFF01")]
    public void Longs_are_zigzag_varints(long value, string expected)
    {
        var buffer = new ValueBuffer();
        buffer.WriteLong(value);
        Assert.Equal(expected, Convert.ToHexString(buffer.Written));
    }

    [Fact]
    public void Every_value_begins_with_the_frame()
    {
        var buffer = new ValueBuffer();
        buffer.Frame([0, 1, 2, 3, 4]);
        buffer.WriteByte(0xFF);
        buffer.Clear();
        buffer.WriteByte(0x07);
        Assert.Equal("000102030407", Convert.ToHexString(buffer.Written));
    }

    [Fact]
    public void A_value_can_be_longer_than_the_first_buffer()
    {
        var buffer = new ValueBuffer();
        string text = new('é', 10_000);
        buffer.WriteUtf8(text);
        buffer.WriteUtf8("end");
        Assert.Equal(20_000 + 3, buffer.Written.Length);
        Assert.Equal("C3A9", Convert.ToHexString(buffer.Written[..2]));
        Assert.Equal("656E64", Convert.ToHexString(buffer.Written[^3..]));
    }

    [Theory]
    [InlineData(0, "00")]
    [InlineData(127, "7F")]
    [InlineData(128, "8001")]
    [InlineData(20_000, "A09C01")]
    public void A_length_is_put_before_what_was_written(int length, string varint)
    {
        var buffer = new ValueBuffer();
        buffer.WriteByte(0x55);
        int start = buffer.Position;
        for (int i = 0; i < length; i++)
        {
            buffer.WriteByte((byte)i);
        }

        buffer.InsertLength(start);
        Assert.Equal(0x55, buffer.Written[0]);
        Assert.Equal(varint, Convert.ToHexString(buffer.Written[1..^length]));
        Assert.Equal(Enumerable.Range(0, length).Select(i => (byte)i), buffer.Written[^length..].ToArray());
    }
}
