using System.Text;
using System.Text.Json;
using KafkaDatasets.Tests.Formats.Avro;
using KafkaDatasets.Tests.Formats.Written;
using KafkaDatasets.Tests.Writing;
using Newtonsoft.Json;
using NJsonSchema;
using Xunit;

namespace KafkaDatasets.Tests.Formats.Json;

/// <summary>Newtonsoft.Json, by which Confluent's deserializer reads, and NJsonSchema are the witnesses.</summary>
public sealed class JsonWritingTests
{
    private static readonly KafkaWriterOptions Options = Encoded.Options(WriteFormat.Json);

    [Fact]
    public async Task Every_type_is_what_Newtonsoft_reads_and_valid_by_its_schema()
    {
        var record = Everything.Filled();
        string text = Encoding.UTF8.GetString(Encoded.Bytes(record, Options));
        Everything? read = JsonConvert.DeserializeObject<Everything>(text, new JsonSerializerSettings { DateTimeZoneHandling = DateTimeZoneHandling.Utc, MissingMemberHandling = MissingMemberHandling.Error, Converters = { new ShadeConverter() } });
        Assert.Equivalent(record, read, strict: true);
        Assert.Equal(record.At, read!.At);
        Assert.Equal(record.Zoned, read.Zoned);

        JsonSchema schema = await JsonSchema.FromJsonAsync(Encoded.Document<Everything>(Options), TestContext.Current.CancellationToken);
        Assert.Equal("KafkaDatasets.Tests.Formats.Written.Everything", schema.Title);
        Assert.Empty(schema.Validate(text));
        Assert.Empty(schema.Validate(Encoding.UTF8.GetString(Encoded.Bytes(new Everything(), Options))));
        Assert.NotEmpty(schema.Validate(text.Replace("\"Flag\":true", "\"Flag\":1", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_schema_has_a_property_per_field()
    {
        Assert.Equal(
            """{"$schema":"http://json-schema.org/draft-07/schema#","title":"KafkaDatasets.Tests.Formats.Json.Row","type":"object","properties":{"A":{"type":["null","number"],"format":"float"},"B":{"type":["null","string"]},"When":{"type":"string","format":"date-time"},"Shade":{"type":["null","string"],"enum":["Light","VERY_DARK",null]},"In":{"oneOf":[{"type":"null"},{"$ref":"#/definitions/Inner"}]},"Weights":{"type":"object","additionalProperties":{"type":"integer","format":"int32"}}},"required":["A","When","Weights"],"definitions":{"Inner":{"type":"object","properties":{"X":{"type":["null","number"],"format":"float"},"Tags":{"type":"array","items":{"type":"string"}}},"required":["X","Tags"]}}}""",
            Encoded.Document<Row>(Options));
    }

    [Theory]
    [InlineData(0.1, "0.1")]
    [InlineData(1e300, "1E+300")]
    [InlineData(-0.0, "-0")]
    [InlineData(double.NaN, "null")]
    [InlineData(double.PositiveInfinity, "1e999")]
    [InlineData(double.NegativeInfinity, "-1e999")]
    public void Numbers_are_exact_and_what_is_none_has_a_form(double value, string expected)
    {
        string text = Encoding.UTF8.GetString(Encoded.Bytes(new AvroWritingTests.Holder<double>(value), Options));
        Assert.Equal($"{{\"Value\":{expected}}}", text);
        using JsonDocument document = JsonDocument.Parse(text);
        Assert.Equal(double.IsNaN(value) ? (double?)null : value, document.RootElement.GetProperty("Value").Deserialize<double?>());
    }

    [Fact]
    public void Text_is_escaped_where_it_must_be()
    {
        string value = string.Concat(Enumerable.Range(0, 0x300).Select(c => (char)c)) + "𝄞\u2028\"\\";
        byte[] bytes = Encoded.Bytes(new AvroWritingTests.Holder<string>(value), Options);
        using JsonDocument document = JsonDocument.Parse(bytes);
        Assert.Equal(value, document.RootElement.GetProperty("Value").GetString());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3071)]
    [InlineData(3073)]
    [InlineData(10_000)]
    public void Bytes_are_base64(int length)
    {
        byte[] value = [.. Enumerable.Range(0, length).Select(i => (byte)(i * 7))];
        using JsonDocument document = JsonDocument.Parse(Encoded.Bytes(new AvroWritingTests.Holder<byte[]>(value), Options));
        Assert.Equal(value, document.RootElement.GetProperty("Value").GetBytesFromBase64());
    }

    [Fact]
    public void A_given_schema_picks_the_fields_and_its_required_ones_must_be_there()
    {
        const string Schema = """{"type":"object","properties":{"A":{"type":"number"},"C":{"type":"string"}},"required":["A"]}""";
        Assert.Equal("{\"A\":2.5}", Encoding.UTF8.GetString(Encoded.Bytes(new Row(2.5f, null, default, null, null, []), Encoded.Options(WriteFormat.Json, Schema))));
        Assert.Equal(Schema, Encoded.Document<Row>(Encoded.Options(WriteFormat.Json, Schema)));
        SchemaException e = Assert.Throws<SchemaException>(() => Encoded.Document<Row>(Encoded.Options(WriteFormat.Json, Schema.Replace("[\"A\"]", "[\"A\",\"C\"]", StringComparison.Ordinal))));
        Assert.Equal("C", e.Field);
    }

    [Fact]
    public void Names_of_fields_can_be_anything()
        => Assert.Equal("{\"a \\\"b\\\"\":1}", Encoding.UTF8.GetString(Encoded.Bytes(new Odd { Value = 1 }, Options)));

    public sealed record Row(float A, string? B, DateTime When, Shade? Shade, Inner? In, Dictionary<string, int> Weights);

    private sealed class Odd
    {
        [System.Runtime.Serialization.DataMember(Name = "a \"b\"")]
        public int Value { get; init; }
    }

    /// <summary>Newtonsoft heeds EnumMember only in its own converter.</summary>
    private sealed class ShadeConverter : Newtonsoft.Json.Converters.StringEnumConverter;
}
