using System.Text.Json;
using Avro.Generic;
using Avro.IO;
using Xunit;

namespace KafkaDatasets.Tests.Golden;

/// <summary>That the vectors, and the comparison with them, are sound: Apache.Avro's own reader finds the expected scalars in them.</summary>
public sealed class GoldenVectorsTests
{
    public static TheoryData<string> AvroKeys => GoldenVectors.Keys("avro");

    [Theory]
    [MemberData(nameof(AvroKeys))]
    public void Apache_Avro_reads_the_expected_scalars(string key)
    {
        GoldenVector vector = GoldenVectors.Get(key);
        Avro.Schema schema = Parse(vector);
        using var stream = new MemoryStream(vector.Payload.ToArray());
        object datum = new GenericDatumReader<object>(schema, schema).Read(null!, new BinaryDecoder(stream));

        Assert.Equal(stream.Length, stream.Position);
        if (datum is GenericRecord record)
        {
            int compared = record.Schema.Fields.Count(field => Compare(vector.Expected.GetProperty(field.Name), record.GetValue(field.Pos), $"{key} {field.Name}"));
            Assert.True(compared > 0 || vector.Name is "collections" or "logical" or "references", $"{key}: no scalar in it");
        }
        else if (datum is float)
        {
            Assert.True(Compare(vector.Expected, datum, key));
        }
    }

    [Theory]
    [InlineData("0.0", -0.0f)]
    [InlineData("1.5", 1.25f)]
    [InlineData("null", 0f)]
    [InlineData("null", 0)]
    [InlineData("true", false)]
    [InlineData("-65", -64L)]
    [InlineData("""{"float":"inf"}""", float.NegativeInfinity)]
    [InlineData("""{"float":"nan"}""", 0.0)]
    [InlineData("\"a\"", "b")]
    public void Comparison_finds_a_difference(string expected, object actual) =>
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => GoldenValue.AssertEqual(JsonDocument.Parse(expected).RootElement, actual, "here"));

    private static bool Compare(JsonElement expected, object? actual, string where)
    {
        if (actual is GenericEnum symbol)
        {
            actual = symbol.Value;
        }

        if (actual is not (null or bool or int or long or float or double or string))
        {
            return false;
        }

        GoldenValue.AssertEqual(expected, actual, where);
        return true;
    }

    private static Avro.Schema Parse(GoldenVector vector)
    {
        var names = new Avro.SchemaNames();
        foreach (GoldenReference reference in vector.References)
        {
            Avro.Schema.Parse(reference.Schema, names);
        }

        return Avro.Schema.Parse(vector.Schema, names);
    }
}
