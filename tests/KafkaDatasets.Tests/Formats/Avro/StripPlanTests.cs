using KafkaDatasets.Decoding;
using KafkaDatasets.Formats.Avro;
using KafkaDatasets.Rows;
using KafkaDatasets.Schemas;
using KafkaDatasets.Tests.Decoding;
using Xunit;

namespace KafkaDatasets.Tests.Formats.Avro;

/// <summary>Records that are decoded together, one field after another, become the rows of plans that run step by step, whatever lies between them.</summary>
public sealed class StripPlanTests
{
    private static readonly string[] Numbers = ["int", "long", "float", "double", "boolean"];
    private static readonly string[] Others = ["\"string\"", "\"bytes\"", """{"type":"enum","name":"E","symbols":["A","B"]}""", """{"type":"fixed","name":"F","size":5}"""];

    [Fact]
    public void Random_numbers_and_mutated_values()
    {
        Assert.SkipUnless(StripPlan.IsSupported, "Plans run step by step in this run, or there are no vectors.");
        int good = 0;
        int inBulk = 0;
        for (int seed = 0; seed < 40; seed++)
        {
            var random = new Random(seed);
            string json = $$"""{"type":"record","name":"R","fields":[{{string.Join(',', Fields(random))}}]}""";
            global::Avro.RecordSchema schema = AvroBytes.Parse(json);
            DatasetColumn[] features = [.. AvroColumns.Of(schema, WantedColumns.None).Columns.Where(c => c is { CanBeFeature: true, IsVector: false } && random.Next(8) > 0)];
            if (random.Next(2) == 0)
            {
                random.Shuffle(features);
            }

            int labels = random.Next(2);
            if (features.Length <= labels)
            {
                continue;
            }

            BlockColumn[] layout = [.. features[..labels].Select(f => new BlockColumn(ColumnType.Single, [f], LabelKind.Regression)), new BlockColumn(ColumnType.Single, features[labels..])];
            var pair = new PlanPair(() => AvroPlanCompiler.Compile(schema, schema, WantedColumns.None, new PartLayout(DataPart.Value, layout)), layout);
            Assert.True(pair.IsStrip, json);
            for (int i = 0; i < 100; i++)
            {
                byte[] value = AvroBytes.Encode(Datum(schema, random));
                if (random.Next(3) == 0)
                {
                    value = Fuzz.Mutate(value, [[0x80, 0x80], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1], [2], [0]], random);
                }

                good += pair.Compare(value, $"seed {seed} of {json}") ? 1 : 0;
            }

            inBulk += pair.InBulk;
        }

        Assert.InRange(good, 2000, int.MaxValue);
        Assert.InRange(inBulk, good * 0.9, good);
    }

    [Fact]
    public void A_double_that_is_a_binary_label_is_checked_before_it_is_rounded()
    {
        global::Avro.RecordSchema schema = AvroBytes.Parse("""{"type":"record","name":"R","fields":[{"name":"y","type":"double"},{"name":"n","type":["null","long"]}]}""");
        DatasetColumn[] columns = [.. AvroColumns.Of(schema, WantedColumns.None).Columns];
        BlockColumn[] layout = [new BlockColumn(ColumnType.Single, [columns[0]], LabelKind.Binary), new BlockColumn(ColumnType.Single, [columns[1]])];
        Assert.IsNotType<StripPlan>(AvroPlanCompiler.Compile(schema, schema, WantedColumns.None, new PartLayout(DataPart.Value, layout)).Bulk);
    }

    /// <summary>Fields of numbers, alone, in unions and in runs, and of what is skipped.</summary>
    private static IEnumerable<string> Fields(Random random)
    {
        int count = random.Next(1, 40);
        for (int i = 0; i < count; i++)
        {
            string type = random.Next(6) == 0 ? Other(random, i) : $"\"{Numbers[random.Next(Numbers.Length)]}\"";
            type = random.Next(4) switch
            {
                0 => type,
                1 => $"[{type},\"null\"]",
                _ => $"[\"null\",{type}]",
            };
            if (random.Next(20) == 0)
            {
                for (int run = 0; run < 20; run++)
                {
                    yield return $$"""{"name":"f{{i}}_{{run}}","type":"float"}""";
                }
            }

            yield return $$"""{"name":"f{{i}}","type":{{type}}}""";
        }
    }

    private static string Other(Random random, int i) => Others[random.Next(Others.Length)].Replace("\"E\"", $"\"E{i}\"").Replace("\"F\"", $"\"F{i}\"");

    private static global::Avro.Generic.GenericRecord Datum(global::Avro.RecordSchema schema, Random random)
    {
        var record = new global::Avro.Generic.GenericRecord(schema);
        int range = random.Next(1, 64);
        foreach (global::Avro.Field field in schema.Fields)
        {
            record.Add(field.Name, Value(field.Schema, random, range));
        }

        return record;
    }

    private static object? Value(global::Avro.Schema schema, Random random, int range)
    {
        long bits = random.NextInt64(long.MinValue, long.MaxValue) >> (random.Next(8) == 0 ? random.Next(64) : range);
        switch (schema)
        {
            case global::Avro.UnionSchema union:
                return random.Next(4) == 0 ? null : Value(union.Schemas.Single(s => s.Tag != global::Avro.Schema.Type.Null), random, range);
            case global::Avro.EnumSchema symbols:
                return new global::Avro.Generic.GenericEnum(symbols, symbols.Symbols[random.Next(symbols.Count)]);
            case global::Avro.FixedSchema { Size: var size } bytes:
                return new global::Avro.Generic.GenericFixed(bytes, new byte[size]);
            default:
                return schema.Tag switch
                {
                    global::Avro.Schema.Type.Int => (int)bits,
                    global::Avro.Schema.Type.Long => bits,
                    global::Avro.Schema.Type.Float => BitConverter.Int32BitsToSingle((int)bits),
                    global::Avro.Schema.Type.Double => BitConverter.Int64BitsToDouble(bits),
                    global::Avro.Schema.Type.Boolean => (bits & 1) == 0,
                    global::Avro.Schema.Type.String => new string('x', random.Next(random.Next(10) == 0 ? 20_000 : 80)),
                    global::Avro.Schema.Type.Bytes => new byte[random.Next(random.Next(10) == 0 ? 300 : 8)],
                    _ => throw new System.Diagnostics.UnreachableException($"{schema.Tag}"),
                };
        }
    }
}
