using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Confluent.SchemaRegistry;
using CsCheck;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Kafkadatasets.Tests;
using KafkaDatasets.Formats.Avro;
using KafkaDatasets.Formats.Json;
using KafkaDatasets.Formats.Protobuf;
using KafkaDatasets.Schemas;
using KafkaDatasets.Tests.Fetching;
using KafkaDatasets.Tests.Formats.Avro;
using Microsoft.ML;
using Xunit;
using DeepMessage = Kafkadatasets.Tests.Deep;

namespace KafkaDatasets.Tests.Formats.Deep;

/// <summary>Lists in lists, maps in lists and records inside themselves hold what an independent reader finds in them, in every format that has them.</summary>
public sealed class DeepValuesTests
{
    private static readonly string[] Named = ["next.top.one.number", "next.tops", "next.next", "all.top", "all.all.tops.longs", "by.k.tops.mids.leaves.n", "tops.mids.by.k", "tops.mids.by.l.n", "top.one.by.k", "next.tops.mids.by.k", "all.by.k.top.longs"];

    [Fact]
    public async Task Of_random_Avro_records() => await Gen.Int.SampleAsync(
        async seed =>
        {
            var shape = new DeepShape(seed);
            global::Avro.RecordSchema schema = AvroBytes.Parse(shape.Avro);
            byte[][] values = [.. Enumerable.Range(0, 4).Select(_ => DeepAvro.Encode(schema, shape.Next()))];
            await CheckAsync(RecordFormat.Avro(shape.Avro), shape.ExtraColumns, shape.Expected, values, [.. values.Select(v => DeepAvro.Decode(schema, v))]);
        },
        iter: 60,
        threads: 2);

    [Fact]
    public async Task Of_random_JSON_texts() => await Gen.Int.SampleAsync(
        async seed =>
        {
            var shape = new DeepShape(seed);
            JsonObject[] values = [.. Enumerable.Range(0, 4).Select(_ => shape.Next())];
            await CheckAsync(RecordFormat.Json(shape.Json), shape.ExtraColumns, shape.Expected, [.. values.Select(v => Encoding.UTF8.GetBytes(v.ToJsonString()))], values);
        },
        iter: 60,
        threads: 2);

    [Fact]
    public async Task Of_random_Protobuf_messages() => await Gen.Int.SampleAsync(
        seed => CheckProtobufAsync(DeepMessage.Descriptor, seed, Named),
        iter: 10,
        threads: 2);

    [Fact]
    public async Task Of_random_groups() => await Gen.Int.SampleAsync(
        seed => CheckProtobufAsync(Groups.Descriptor, seed, []),
        iter: 40,
        threads: 2);

    [Fact]
    public async Task Protobuf_has_these_columns()
    {
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Protobuf(DeepMessage.Descriptor), ["next.tops", "all.all.top.longs"], []);
        Assert.Equal(
            """
            tops.mids.leaves.n Double 3, tops.mids.leaves.s Text 3, tops.mids.leaves.ds Double 4, tops.mids.leaves.ds.lengths3 Int32 3, tops.mids.leaves.b UInt8 4, tops.mids.leaves.b.lengths3 Int32 3,
            tops.mids.leaves.bs UInt8 5, tops.mids.leaves.bs.lengths4 Int32 4, tops.mids.leaves.bs.lengths3 Int32 3, tops.mids.leaves.words Text 4, tops.mids.leaves.words.lengths3 Int32 3, tops.mids.leaves.u UInt32 3, tops.mids.leaves.lengths2 Int32 2
            """.ReplaceLineEndings(" "),
            string.Join(", ", dataset.Schema.Columns.Take(13).Select(c => $"{c.Name} {c.Type} {c.Depth}")));
        Assert.Contains("next.tops.mids.lengths", dataset.Schema.Columns.Select(c => c.Name));
        Assert.Contains(dataset.Schema.Columns, c => c is { Name: "all.all.top.longs", Depth: 3 });
        Assert.DoesNotContain(dataset.Schema.Columns, c => c.Name.StartsWith("next.top.", StringComparison.Ordinal));
        Assert.Contains("'next.top', in KafkaDatasetOptions.ExtraColumns", dataset.Schema.Unreadable["next.top"]);
        Assert.Contains("'by.key', in KafkaDatasetOptions.ExtraColumns", dataset.Schema.Unreadable["by"]);
    }

    /// <summary>A column that is declared says how deep its lists are.</summary>
    [Fact]
    public async Task Of_declared_columns()
    {
        DatasetColumn[] columns = [new("x", ColumnType.Double) { IsVector = true, Depth = 3 }, new("in.y", ColumnType.Int32, IsNullable: true) { IsVector = true, Depth = 2 }, new("z", ColumnType.Text) { IsVector = true }];
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Json(columns), [], """{"x":[[[1,null],[]],[],null,[[2]]],"in":{"y":[[3],[4,5]]},"z":["a"]}"""u8.ToArray(), """{"x":[],"z":[]}"""u8.ToArray());
        string[] names = ["x", "x.lengths", "x.lengths2", "in.y", "in.y.lengths", "z"];
        Assert.Equal(names, dataset.Schema.Columns.Select(c => c.Name));
        Assert.Equal(
            [[new[] { 1, double.NaN, 2 }, new[] { 2, 0, 0, 1 }, new[] { 2, 0, 1 }, new[] { 3, 4, 5 }, new[] { 1, 2 }, new[] { "a" }], [Array.Empty<double>(), Array.Empty<int>(), Array.Empty<int>(), Array.Empty<int>(), Array.Empty<int>(), Array.Empty<string>()]],
            dataset.ToDataView(new MLContext()).Read(names));
        await using KafkaDataset bad = await OpenAsync(RecordFormat.Json(columns), [], """{"x":[1],"z":[]}"""u8.ToArray());
        Assert.Equal("x", Assert.Throws<RecordDecodingException>(() => bad.ToDataView(new MLContext()).Read("x", "z")).Field);
        Assert.Contains("no fixed size", (await Assert.ThrowsAsync<InvalidOptionsException>(() => OpenAsync(RecordFormat.Json([columns[0] with { Size = 3 }]), []))).Message);
    }

    /// <summary>Lists of a fixed number of items that are lists have as many sizes.</summary>
    [Fact]
    public async Task Of_lists_of_known_size()
    {
        await using KafkaDataset dataset = await OpenAsync(
            RecordFormat.Json("""{"type":"object","required":["x"],"properties":{"x":{"type":"array","minItems":2,"maxItems":2,"items":{"type":"array","items":{"type":"number"}}}}}"""),
            [],
            """{"x":[[1],[2,3]]}"""u8.ToArray());
        Assert.Equal([("x", 0), ("x.lengths", 2)], dataset.Schema.Columns.Select(c => (c.Name, c.Size)));
        Assert.Equal([[new[] { 1.0, 2, 3 }, new[] { 1, 2 }]], dataset.ToDataView(new MLContext()).Read("x", "x.lengths"));
    }

    /// <summary>Within a list nothing can be taken back: what no serializer writes is an error, not a wrong value.</summary>
    [Fact]
    public async Task A_message_that_another_member_of_its_oneof_replaces_in_a_list_is_refused()
    {
        byte[] leaf = [0x22, 10, 0x1a, 8, .. BitConverter.GetBytes(1.0)];
        byte[] mid = [.. leaf, 0x18, 5];
        foreach ((byte[] value, bool isRefused) in ((byte[], bool)[])[([0x12, (byte)(mid.Length + 2), 0x12, (byte)mid.Length, .. mid], false), ([0x0a, (byte)(mid.Length + 2), 0x12, (byte)mid.Length, .. mid], true)])
        {
            await using KafkaDataset dataset = await OpenAsync(RecordFormat.Protobuf(DeepMessage.Descriptor), [], value);
            IDataView view = dataset.ToDataView(new MLContext());
            if (isRefused)
            {
                Assert.Contains("replaced", Assert.Throws<RecordDecodingException>(() => view.Read([.. dataset.Schema.Columns.Select(c => c.Name)])).Message);
                Assert.Single(view.Read("Offset"));
            }
            else
            {
                Assert.Equal([[5.0, Array.Empty<double>()]], view.Read("top.one.number", "top.one.leaf.ds"));
            }
        }
    }

    /// <summary>A name has as many levels as schemas may be nested; beyond that, the message says so.</summary>
    [Fact]
    public async Task A_name_of_many_levels_is_read_or_refused()
    {
        string[] names = [.. ((int[])[20, 100]).Select(n => string.Concat(Enumerable.Repeat("next.", n)) + "v")];
        const string json = """{"type":"object","properties":{"v":{"type":"integer"},"next":{"$ref":"#"}}}""";
        string avro = AvroBytes.Record("""{"name":"v","type":"int"},{"name":"next","type":["null","Row"]}""");
        byte[] levels = [.. Enumerable.Range(0, 21).SelectMany(i => (byte[])[(byte)(2 * i), 2]), 0, 0];
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Avro(avro), [names[0]], levels, [2, 0]);
        Assert.Equal([[0, 20.0], [1, double.NaN]], dataset.ToDataView(new MLContext()).Read("v", names[0]));
        await using KafkaDataset some = await OpenAsync(RecordFormat.Json(json), [names[0]], """{"v":1}"""u8.ToArray());
        Assert.Equal([[1.0, double.NaN]], some.ToDataView(new MLContext()).Read("v", names[0]));
        Assert.Contains("nested more than", (await Assert.ThrowsAsync<InvalidOptionsException>(() => OpenAsync(RecordFormat.Json(json), [names[1]]))).Message);
        Assert.Contains("levels deep", (await Assert.ThrowsAsync<InvalidOptionsException>(() => OpenAsync(RecordFormat.Avro(avro), [names[1]]))).Message);
    }

    [Fact]
    public Task Mutated_and_random_bytes_give_no_other_exception_no_hang_and_no_large_allocation() => Fuzz.RunAsync(
        seed =>
        {
            var shape = new DeepShape(seed);
            var wanted = new WantedColumns(shape.ExtraColumns);
            JsonObject[] values = [.. Enumerable.Range(0, 4).Select(_ => shape.Next())];
            switch (seed % 4)
            {
                case 0:
                    global::Avro.RecordSchema schema = AvroBytes.Parse(shape.Avro);
                    return (new AvroRecordFormat(SchemaDocument.OfOptions(SchemaType.Avro, shape.Avro), wanted), [.. values.Select(v => DeepAvro.Encode(schema, v))]);
                case 1:
                    return (new JsonRecordFormat(SchemaDocument.OfOptions(SchemaType.Json, shape.Json), wanted), [.. values.Select(v => Encoding.UTF8.GetBytes(v.ToJsonString()))]);
                case 2:
                    return (new ProtobufRecordFormat(DeepMessage.Descriptor, "here", new WantedColumns(Named)), [.. values.Select((_, i) => Message(DeepMessage.Descriptor, seed + i).ToByteArray())]);
                default:
                    return (new ProtobufRecordFormat(Groups.Descriptor, "here", WantedColumns.None), [.. values.Select((_, i) => Message(Groups.Descriptor, seed + i).ToByteArray())]);
            }
        },
        [[2], [0], [1], [4, 2], [0x0b], [0x0c], [0x83, 1], [0x84, 1], [0x0a, 2, 0x0a, 0], [0x22, 0], "[["u8.ToArray(), "]]"u8.ToArray(), "null"u8.ToArray(), "\"f0\":"u8.ToArray(), "{"u8.ToArray(), "}"u8.ToArray(), ","u8.ToArray(), "[1,null]"u8.ToArray()]);

    private static IMessage Message(MessageDescriptor descriptor, int seed)
    {
        var message = (IMessage)Activator.CreateInstance(descriptor.ClrType)!;
        DeepProtobuf.Fill(message, new Random(seed));
        return message;
    }

    private static async Task CheckProtobufAsync(MessageDescriptor descriptor, int seed, string[] named)
    {
        IMessage[] messages = [.. Enumerable.Range(0, 4).Select(i => Message(descriptor, seed + i))];
        await CheckAsync(RecordFormat.Protobuf(descriptor), named, null, [.. messages.Select(m => m.ToByteArray())], [.. messages.Select(DeepProtobuf.Node)]);
    }

    private static async Task CheckAsync(RecordFormat format, IReadOnlyList<string> extraColumns, IEnumerable<(string Name, string Type, int Depth)>? columns, byte[][] values, JsonObject[] expected)
    {
        await using KafkaDataset dataset = await OpenAsync(format, extraColumns, values);
        if (columns is not null)
        {
            Assert.Equal(columns, dataset.Schema.Columns.Select(c => (c.Name, c.Type.ToString(), c.Depth)).Order());
        }

        JsonElement[] roots = [.. expected.Select(e => JsonSerializer.SerializeToElement(e))];
        string[] names = [.. dataset.Schema.Columns.Select(c => c.Name)];
        List<object[]> rows = dataset.ToDataView(new MLContext()).Read(names);
        Assert.Equal(values.Length, rows.Count);
        for (int row = 0; row < rows.Count; row++)
        {
            foreach ((int i, DatasetColumn column) in dataset.Schema.Columns.Index())
            {
                Assert.True(column.IsVector == rows[row][i] is Array, column.Name);
                List<object?> items = DeepValue.Of(roots[row], column.Name, column.Depth);
                List<object?> held = DeepValue.Of(rows[row][i]);
                Assert.True(items.SequenceEqual(held), $"{column.Name}: expected [{string.Join(", ", items)}], got [{string.Join(", ", held)}] of {expected[row]}");
            }
        }

        await CheckTensorsAsync(dataset, roots);
    }

    private static async Task CheckTensorsAsync(KafkaDataset dataset, JsonElement[] roots)
    {
        const double padding = -0.125;
        DatasetColumn[] numbers = [.. dataset.Schema.Columns.Where(c => c.Type != ColumnType.Text)];
        int[] widths = [.. numbers.Select(c => Math.Max(1, roots.Max(r => DeepValue.Of(r, c.Name, c.Depth).Count)))];
        var options = new BatchOptions { BatchSize = 3, Tensors = [.. numbers.Select((c, i) => TensorColumn.Double(c.Name, c.IsRagged ? [widths[i]] : null, c.IsRagged ? padding : null))] };
        int seen = 0;
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(options, TestContext.Current.CancellationToken))
        {
            using (batch)
            {
                for (int i = 0; i < numbers.Length; i++)
                {
                    double[] tensor = new double[batch.Get<double>(numbers[i].Name).FlattenedLength];
                    batch.Get<double>(numbers[i].Name).FlattenTo(tensor);
                    for (int row = 0; row < batch.Rows; row++)
                    {
                        List<object?> items = DeepValue.Of(roots[seen + row], numbers[i].Name, numbers[i].Depth);
                        IEnumerable<double> wanted = items.Select(v => v is double number ? number : double.NaN).Concat(Enumerable.Repeat(padding, widths[i] - items.Count));
                        Assert.Equal(wanted, tensor[(row * widths[i])..((row + 1) * widths[i])]);
                    }
                }

                seen += batch.Rows;
            }
        }

        Assert.Equal(roots.Length, seen);
    }

    private static Task<KafkaDataset> OpenAsync(RecordFormat format, IReadOnlyList<string> extraColumns, params byte[][] values) =>
        new FakeEngine(FakePartition.Of(0, values)).OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", Format = format, ExtraColumns = extraColumns });
}
