using System.Globalization;
using System.Text;
using Confluent.SchemaRegistry;
using KafkaDatasets.Formats.Json;
using KafkaDatasets.Rows;
using KafkaDatasets.Schemas;
using KafkaDatasets.Tests.Decoding;
using Xunit;

namespace KafkaDatasets.Tests.Formats.Json;

public sealed class JsonFuzzTests
{
    private static readonly byte[][] Splices =
        [.. ((string[])["{", "}", "[", "]", "{\"m1\":", "null", "\"", "\\u", "\\ud800", "1e999", "-0", "99999999999999999999", ",", ":", "true", " ", "\"m1\":null,", "//", "NaN"]).Select(Encoding.UTF8.GetBytes)];

    [Fact]
    public Task Mutated_and_random_bytes_give_no_other_exception_no_hang_and_no_large_allocation() => Fuzz.RunAsync(
        seed =>
        {
            var json = new RandomJson(seed);
            return (new JsonRecordFormat(SchemaDocument.OfOptions(SchemaType.Json, json.Schema), WantedColumns.None), [.. Enumerable.Range(0, 4).Select(_ => Encoding.UTF8.GetBytes(json.Next().Text))]);
        },
        Splices);

    /// <summary>Events whose numbers go into one vector are read in a run of members; what is not ordinary in them ends the run, and never changes a row.</summary>
    [Fact]
    public void Runs_of_members_give_the_rows_of_the_plain_way()
    {
        const string Schema = """
            {"type":"object","properties":{"id":{"type":"string"},"amount":{"type":"number"},"fee":{"type":["null","number"]},"count":{"type":["null","integer"]},"small":{"type":"integer","connect.type":"int8"},
            "score":{"type":"number","connect.type":"float32"},"flag":{"type":"boolean"},"note":{"type":["null","string"]},"a name that is longer than a run compares at once":{"type":"number"},"label":{"type":"boolean"},"last":{"type":"boolean"}},
            "required":["amount","small","flag","label"]}
            """;
        byte[][] splices = [.. Splices, .. ((string[])["-", "0", "00", ".", "e1", "E", "12345678", "123456789012345678", ".5000000000000000000", "0.00000000000000000012345", "16777217.0", "-0.0", "Infinity", "false", "\"\"", "\\"]).Select(Encoding.UTF8.GetBytes)];
        var format = new JsonRecordFormat(SchemaDocument.OfOptions(SchemaType.Json, Schema), WantedColumns.None);
        string[] features = ["amount", "fee", "count", "small", "score", "flag", "a name that is longer than a run compares at once"];
        DatasetColumn Column(string name) => format.Schema.Columns.Single(c => c.Name == name);
        BlockColumn[] layout =
        [
            new BlockColumn(ColumnType.Single, [.. features.Select(Column)]),
            new BlockColumn(ColumnType.Single, [Column("label")], LabelKind.Binary),
            new BlockColumn(Column("id")),
            new BlockColumn(Column("note")),
        ];
        var pair = new PlanPair(() => format.Plan(layout), layout);
        var random = new Random(14);
        int good = 0;
        const int Cases = 60_000;
        for (int i = 0; i < Cases; i++)
        {
            byte[] value = Encoding.UTF8.GetBytes(Event(random, i / 100 % 2 == 0 ? "" : " "));
            for (int times = random.Next(3); times > 0; times--)
            {
                value = Fuzz.Mutate(value, splices, random);
            }

            good += pair.Compare(value, $"event {i}") ? 1 : 0;
        }

        Assert.InRange(good, Cases / 4, Cases * 3 / 4);
        Assert.InRange(pair.InBulk, good / 2, good);
    }

    private static string Event(Random random, string blank)
    {
        string[] members =
        [
            $"\"id\":{blank}\"{random.Next()}\"",
            $"\"amount\":{blank}{Number(random)}",
            $"\"fee\":{blank}{(random.Next(3) == 0 ? "null" : Number(random))}",
            $"\"count\":{blank}{(random.Next(3) == 0 ? "null" : (random.NextInt64() >> random.Next(64)).ToString(CultureInfo.InvariantCulture))}",
            $"\"small\":{blank}{random.Next(-130, 130)}",
            $"\"score\":{blank}{random.NextSingle().ToString("R", CultureInfo.InvariantCulture)}",
            $"\"flag\":{blank}{(random.Next(2) == 0 ? "true" : "false")}",
            $"\"note\":{blank}{(random.Next(2) == 0 ? "null" : $"\"{new string(random.Next(4) == 0 ? 'ö' : 'n', random.Next(80))}\"")}",
            $"\"a name that is longer than a run compares at once\":{blank}{Number(random)}",
            $"\"label\":{blank}{(random.Next(2) == 0 ? "true" : "false")}",
            $"\"last\":{blank}{(random.Next(2) == 0 ? "true" : "false")}",
        ];
        return $"{{{string.Join($",{blank}", members)}}}";
    }

    private static string Number(Random random)
    {
        string digits = random.NextInt64().ToString(CultureInfo.InvariantCulture) + random.NextInt64().ToString(CultureInfo.InvariantCulture);
        int whole = random.Next(1, 11);
        return random.Next(4) switch
        {
            0 => (random.NextDouble() * Math.Pow(10, random.Next(-6, 9))).ToString("R", CultureInfo.InvariantCulture),
            1 => $"-{random.Next(1000)}.{digits[..random.Next(1, 20)]}",
            2 => $"{digits[..whole]}.{digits[whole..random.Next(whole + 1, digits.Length)]}",
            _ => ((double)BitConverter.Int32BitsToSingle(random.Next()) is var single && Math.Abs(single) is > 1e-3 and < 1e7 ? single : 0.5).ToString("R", CultureInfo.InvariantCulture),
        };
    }
}
