using System.Numerics;
using Avro;
using Avro.Generic;
using KafkaDatasets.Tests.Formats.Written;
using KafkaDatasets.Tests.Writing;
using Xunit;

namespace KafkaDatasets.Tests.Formats.Avro;

/// <summary>Apache.Avro is the witness.</summary>
public sealed class AvroWritingTests
{
    [Fact]
    public void Every_type_is_what_Apache_Avro_reads()
    {
        GenericRecord record = Encoded.RoundTrip(Everything.Filled());
        Assert.Equal(4294967295L, record["UInt"]);
        Assert.Equal(long.MaxValue, record["ULong"]);
        Assert.Equal(new AvroDecimal(-1234567890.123456789m), record["Price"]);
        Assert.Equal([0, 1, 254, 255], (byte[])record["Blob"]);
        Assert.Equal(Guid.Parse("0f8fad5b-d9cb-469f-a165-70867728950e"), record["Id"]);
        Assert.Equal(new DateTime(1969, 7, 20), record["Date"]);
        Assert.Equal(new TimeSpan(0, 23, 59, 59, 999, 999), record["Time"]);
        Assert.Equal(new TimeSpan(0, 1, 2, 3, 4, 5), record["Span"]);
        Assert.Equal(new DateTime(1969, 7, 20, 20, 17, 40, 123, 456, DateTimeKind.Utc), record["At"]);
        Assert.Equal(new DateTime(2026, 11, 24, 6, 2, 3, 500, DateTimeKind.Utc), record["Zoned"]);
        Assert.Equal("VERY_DARK", ((GenericEnum)record["Shade"]).Value);
        Assert.Equal(0, record["MaybeInt"]);
        Assert.Equal(DateTime.UnixEpoch, record["MaybeAt"]);
        Assert.Equal([1.5f, float.NegativeZero, float.MaxValue], (object[])record["Floats"]);
        Assert.Equal([0L, -1L, long.MaxValue], (object[])record["Longs"]);
        Assert.Equal(["", "zwei", "drei"], (object[])record["Words"]);
        Assert.Equal([KeyValuePair.Create("a", (object)0.25), KeyValuePair.Create("ü", (object)0.0)], (IDictionary<string, object>)record["Weights"]);
        var nested = (GenericRecord)record["Nested"];
        Assert.Equal(1.25f, nested["X"]);
        Assert.Equal(["t"], (object[])nested["Tags"]);
        Assert.Empty((object[])((GenericRecord)record["MaybeNested"])["Tags"]);
        Assert.Equal(200, ((object[])((GenericRecord)((object[])record["Many"])[0])["Tags"]).Length);
    }

    [Theory]
    [InlineData("""{"type":"long","logicalType":"timestamp-millis"}""", "1969-12-31T23:59:59.9999Z", -1)]
    [InlineData("""{"type":"long","logicalType":"timestamp-micros"}""", "1969-12-31T23:59:59.9999999Z", -1)]
    [InlineData("""{"type":"long","logicalType":"timestamp-nanos"}""", "1970-01-01T00:00:01.0000001Z", 1_000_000_100)]
    [InlineData("""{"type":"long","logicalType":"local-timestamp-millis"}""", "1970-01-01T00:00:01.0019Z", 1001)]
    public void Instants_are_in_the_units_of_the_given_schema_cut_off_downwards(string type, string value, long expected)
    {
        string schema = Encoded.Schema($$"""{"name":"Value","type":{{type}}}""");
        byte[] bytes = Encoded.Bytes(new Holder<DateTime>(DateTime.Parse(value, null, System.Globalization.DateTimeStyles.AdjustToUniversal)), Encoded.Options(schema: schema));
        Assert.Equal(expected, Encoded.Decode(bytes, (RecordSchema)Schema.Parse(Encoded.Schema("""{"name":"Value","type":"long"}""")))["Value"]);
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("-0.01", -1)]
    [InlineData("1.28", 128)]
    [InlineData("-1.28", -128)]
    [InlineData("99.99", 9999)]
    [InlineData("1.500", 150)]
    public void Decimals_are_unscaled_in_bytes_or_fixed(string value, int unscaled)
    {
        foreach (string type in (string[])["\"bytes\"", """{"type":"fixed","name":"F","size":5}"""])
        {
            string schema = Encoded.Schema($$$"""{"name":"Value","type":{"type":{{{type}}},"logicalType":"decimal","precision":4,"scale":2}}""");
            GenericRecord record = Encoded.RoundTrip(new Holder<decimal>(decimal.Parse(value, System.Globalization.CultureInfo.InvariantCulture)), schema);
            Assert.Equal(new AvroDecimal(new BigInteger(unscaled), 2), record["Value"]);
        }
    }

    [Theory]
    [InlineData("0.001")]
    [InlineData("100")]
    public void A_decimal_that_does_not_fit_is_refused_not_rounded(string value)
    {
        string schema = Encoded.Schema("""{"name":"Value","type":{"type":"bytes","logicalType":"decimal","precision":4,"scale":2}}""");
        SchemaException e = Assert.Throws<SchemaException>(() => Encoded.Bytes(new Holder<decimal>(decimal.Parse(value, System.Globalization.CultureInfo.InvariantCulture)), Encoded.Options(schema: schema)));
        Assert.Equal("Value", e.Field);
    }

    [Fact]
    public void What_is_out_of_the_range_of_its_type_is_refused()
    {
        Assert.Contains("more than Avro's long", Assert.Throws<SchemaException>(() => Encoded.RoundTrip(new Holder<ulong>(ulong.MaxValue))).Message);
        Assert.Contains("not between zero and a day", Assert.Throws<SchemaException>(() => Encoded.RoundTrip(new Holder<TimeSpan>(TimeSpan.FromDays(1)))).Message);
        Assert.Contains("1677", Assert.Throws<SchemaException>(() => Encoded.RoundTrip(
            new Holder<DateTime>(DateTime.MaxValue), Encoded.Schema("""{"name":"Value","type":{"type":"long","logicalType":"timestamp-nanos"}}"""))).Message);
        Assert.Contains("fixed with 2", Assert.Throws<SchemaException>(() => Encoded.RoundTrip(new Holder<byte[]>([1]), Encoded.Schema("""{"name":"Value","type":{"type":"fixed","name":"F","size":2}}"""))).Message);
    }

    [Fact]
    public void Null_can_be_the_second_branch_and_items_can_be_null()
    {
        Assert.Equal("02", Convert.ToHexString(Encoded.Bytes(new Holder<int?>(null), Encoded.Options(schema: Encoded.Schema("""{"name":"Value","type":["int","null"]}""")))));
        GenericRecord record = Encoded.RoundTrip(new Holder<double?[]>([1.5, null]));
        Assert.Equal([1.5, null], (object?[])record["Value"]);
    }

    public sealed record Holder<T>(T Value);
}
