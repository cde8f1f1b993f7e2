using KafkaDatasets.Writing;
using Xunit;

namespace KafkaDatasets.Tests.Writing;

public sealed class AvroBufferTests
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
        var buffer = new AvroBuffer();
        buffer.WriteLong(value);
        Assert.Equal(expected, Convert.ToHexString(buffer.Written));
    }

    [Fact]
    public void Other_types_are_as_the_specification_says()
    {
        var buffer = new AvroBuffer();
        buffer.WriteBoolean(true);
        buffer.WriteFloat(1.5f);
        buffer.WriteDouble(-2);
        buffer.WriteString("foo");
        buffer.WriteBytes([0xAB]);
        Assert.Equal("01" + "0000C03F" + "00000000000000C0" + "06666F6F" + "02AB", Convert.ToHexString(buffer.Written));
    }

    [Fact]
    public void Every_value_begins_with_the_frame()
    {
        var buffer = new AvroBuffer();
        buffer.Frame(0x01020304);
        buffer.WriteByte(0xFF);
        buffer.Clear();
        buffer.WriteByte(0x07);
        Assert.Equal("000102030407", Convert.ToHexString(buffer.Written));
    }

    [Fact]
    public void A_value_can_be_longer_than_the_first_buffer()
    {
        var buffer = new AvroBuffer();
        string text = new('é', 10_000);
        buffer.WriteString(text);
        buffer.WriteText("end".AsMemory());
        Assert.Equal(3 + 20_000 + 4, buffer.Written.Length);
        Assert.Equal("C0B802" + "C3A9", Convert.ToHexString(buffer.Written[..5]));
        Assert.Equal("06656E64", Convert.ToHexString(buffer.Written[^4..]));
    }
}
