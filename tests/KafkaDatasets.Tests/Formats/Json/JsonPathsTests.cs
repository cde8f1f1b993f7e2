using System.Text;
using Confluent.SchemaRegistry;
using CsCheck;
using KafkaDatasets.Decoding;
using KafkaDatasets.Fetching;
using KafkaDatasets.Formats.Json;
using KafkaDatasets.Rows;
using KafkaDatasets.Schemas;
using KafkaDatasets.Tests.Decoding;
using Xunit;

namespace KafkaDatasets.Tests.Formats.Json;

/// <summary>The fast way of reading JSON gives what the plain way, by Utf8JsonReader, gives: the same rows, the same faults, in the same fields.</summary>
public sealed class JsonPathsTests
{
    private static readonly byte[][] Splices =
        [.. ((string[])["{", "}", "[", "]", "{\"m1\":", "null", "\"", "\\u", "\\ud800", "\\u0041", "\\n", "1e999", "-0", "1.5e3", "99999999999999999999", "\"12.5\"", "\"\"", ",", ":", "true", " ", "\"m1\":null,", "//", "NaN", "-Infinity", "\"NaN\"", "\u00e9"]).Select(Encoding.UTF8.GetBytes)];

    [Fact]
    public void Random_and_mutated_texts_are_read_alike() => Gen.Int.Sample(
        seed =>
        {
            var json = new RandomJson(seed);
            var random = new Random(seed);
            var schema = new JsonSchemaDocument(SchemaDocument.OfOptions(SchemaType.Json, json.Schema), WantedColumns.None);
            JsonField root = schema.ReadRoot();
            BlockColumn[] layout = JsonColumns.Of("", root, schema.Unreadable).Layout(random.Next(2) == 0 ? null : _ => random.Next(2) == 0);
            Compare(root, layout, () => Encoding.UTF8.GetBytes(json.Next().Text) is var text && random.Next(2) == 0 ? text : Fuzz.Mutate(text, Splices, random));
        },
        iter: 2000,
        threads: 2);

    [Fact]
    public void Random_and_mutated_texts_of_declared_columns_are_read_alike()
    {
        JsonField root = JsonColumns.ObjectOf(
            [
                new("a", ColumnType.Double, true), new("b.c", ColumnType.Int64), new("b.d.e", ColumnType.Text, true), new("b.d.f", ColumnType.Single, true), new("v", ColumnType.Double, true) { IsVector = true },
                new("b.w", ColumnType.Int32) { IsVector = true, Depth = 2 }, new("at", ColumnType.DateTimeOffset, true) { Unit = TimeUnit.Millisecond }, new("price", ColumnType.Double, true) { DecimalScale = 2 },
            ],
            "");
        string[] texts =
        [
            """{"a":1.25,"b":{"c":7,"d":{"e":"x\ty","f":0.1},"w":[[1,2],[]]},"v":[1,null,3e5],"at":1764000000000,"price":"BNI="}""",
            """{"b.c":7,"b.d.e":"é","b":{"d":{"e":"no","f":1}},"b.w":[[5]],"at":"2026-11-24 00:00:00","price":12.5,"v":[]}""",
            """{"b.d":{"e":"first","f":2},"b":{"c":1,"d.e":"no","d":{"f":3},"w":[]},"b.d":{"e":"last"},"price":"12.5","v":[]}""",
            """{"b.d":{"e":"first","f":2},"b":{"c":1,"d.e":"no","d":{"f":3},"w":[]},"b.d":{"e":"last"},"price":Infinity,"v":[]}""",
            """{ "a" : null , "b" : { "c" : "8" , "d.e" : "in" , "d" : 5 , "w" : [ ] } , "other" : [ { "b" : [ true , false , "\u0041" ] } ] }""",
        ];
        BlockColumn[] layout = new DatasetSchema("", JsonColumns.Of([.. ((IReadOnlyList<DatasetColumn>)[new("a", ColumnType.Double, true), new("b.c", ColumnType.Int64), new("b.d.e", ColumnType.Text, true), new("b.d.f", ColumnType.Single, true), new("v", ColumnType.Double, true) { IsVector = true }, new("b.w", ColumnType.Int32) { IsVector = true, Depth = 2 }, new("at", ColumnType.DateTimeOffset, true), new("price", ColumnType.Double, true)])]), new Dictionary<string, string>()).Layout();
        var random = new Random(3);
        for (int i = 0; i < 200; i++)
        {
            Compare(root, layout, () => Encoding.UTF8.GetBytes(texts[random.Next(texts.Length)]) is var text && random.Next(4) == 0 ? text : Fuzz.Mutate(text, Splices, random));
        }
    }

    /// <summary>Members in the order of the last record, in another, with others between, in every layout of blanks.</summary>
    [Fact]
    public void Any_order_and_layout_of_members_is_read_alike()
    {
        var random = new Random(5);
        string[] members = ["\"i\":{0}", "\"d\":{0}.5", "\"t\":\"x{0}\"", "\"o\":{{\"n\":{0},\"x\":[{0}]}}", "\"u{0}\":[{{}}]", "\"b\":true", "\"a very long name of a member\":{0}", "\"x\":{0}"];
        JsonField root = new JsonSchemaDocument(SchemaDocument.OfOptions(SchemaType.Json, """{"type":"object","properties":{"i":{"type":"integer"},"d":{"type":"number"},"t":{"type":"string"},"b":{"type":"boolean"},"o":{"type":"object","properties":{"n":{"type":"integer"}}},"a very long name of a member":{"type":"number"},"x":{"type":"number"}}}"""), WantedColumns.None).ReadRoot();
        BlockColumn[] layout = JsonColumns.Of("", root, new Dictionary<string, string>()).Layout();
        Compare(root, layout, () =>
        {
            string[] some = [.. members.Where(_ => random.Next(4) > 0)];
            if (random.Next(3) == 0)
            {
                random.Shuffle(some);
            }

            string blank = random.Next(3) switch { 0 => "", 1 => " ", _ => "\n  " };
            string text = "{" + string.Join("," + blank, some.Select(m => string.Format(System.Globalization.CultureInfo.InvariantCulture, m, random.Next(1000)).Replace(":", ":" + blank, StringComparison.Ordinal))) + "}";
            return Encoding.UTF8.GetBytes(text);
        }, 3000);
    }

    /// <summary>A single-precision feature among several, which the fast way writes directly.</summary>
    [Fact]
    public void Features_are_read_alike()
    {
        JsonField root = new JsonSchemaDocument(SchemaDocument.OfOptions(SchemaType.Json, """{"type":"object","required":["l"],"properties":{"a":{"type":"number"},"b":{"type":"integer"},"c":{"type":"number","format":"float"},"l":{"type":"boolean"}}}"""), WantedColumns.None).ReadRoot();
        DatasetSchema schema = JsonColumns.Of("", root, new Dictionary<string, string>());
        BlockColumn[] layout = [new BlockColumn(ColumnType.Single, [schema.Columns[3]], LabelKind.Binary), new BlockColumn(ColumnType.Single, [.. schema.Columns.Take(3)])];
        var random = new Random(9);
        Compare(root, layout, () => Encoding.UTF8.GetBytes($$"""{"a":{{random.NextDouble() * Math.Pow(10, random.Next(-30, 30)):R}},"b":{{(random.Next(3) == 0 ? "null" : random.NextInt64().ToString())}},"c":{{random.NextSingle():R}},"l":{{(random.Next(9) == 0 ? "\"x\"" : "true")}}}"""), 3000);
    }

    private static void Compare(JsonField root, BlockColumn[] layout, Func<byte[]> next, int texts = 20)
    {
        var part = new PartLayout(DataPart.Value, layout);
        var fast = new JsonPlan(root, part);
        var plain = new JsonPlan(root, part, isFast: false);
        RowBlock fastBlock = layout.Block();
        RowBlock plainBlock = layout.Block();
        for (int i = 0; i < texts; i++)
        {
            byte[] text = next();
            string? fastFault = fast.Fault(text, fastBlock, out string? fastField);
            string? plainFault = plain.Fault(text, plainBlock, out string? plainField);
            string shown = Encoding.UTF8.GetString(text);
            Assert.True((fastFault, fastField) == (plainFault, plainField), $"{shown}: fast '{fastFault}' in '{fastField}', plain '{plainFault}' in '{plainField}'");
            if (fastFault is null)
            {
                Assert.Equal(BlockRow.Of(plainBlock), BlockRow.Of(fastBlock));
            }

            if (fast.Bulk is { } bulk)
            {
                CompareInBulk(bulk, layout, text, plainFault, plainBlock);
            }
        }
    }

    /// <summary>Reads a text three times in bulk, among other bytes.</summary>
    private static void CompareInBulk(BulkPlan bulk, BlockColumn[] layout, byte[] text, string? fault, RowBlock expected)
    {
        byte[] bytes = [1, 2, .. text, .. text, (byte)'}', .. text, (byte)'1'];
        RecordChunk chunk = new(0, _ => { })
        {
            Bytes = bytes,
            ByteCount = bytes.Length,
            Entries = [.. new[] { 2, 2 + text.Length, 3 + (2 * text.Length) }.Select(start => new RecordEntry { ValueStart = start, ValueLength = text.Length, KeyLength = -1 })],
            Count = 3,
        };
        var block = new RowBlock(layout);
        block.EnsureRows(3);
        int read = bulk.Decode(chunk, 0, 3, block, BulkFrame.None);
        Assert.True(read == 0 || (read == 3 && fault is null), $"{Encoding.UTF8.GetString(text)}: {read} of 3 in bulk, '{fault}' alone");
        if (read > 0)
        {
            var last = new RowBlock(layout);
            last.Append(block, 2, 1, 1);
            last.Seek(0);
            Assert.Equal(BlockRow.Of(expected), BlockRow.Of(last));
        }
    }
}
