using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Confluent.Kafka;
using KafkaDatasets.Tests.Fetching;
using KafkaDatasets.Tests.Formats.Avro;
using KafkaDatasets.Tests.Pipeline;
using Microsoft.ML;
using Microsoft.ML.Data;
using Xunit;

namespace KafkaDatasets.Tests.MLNet;

public sealed class KafkaViewTests
{
    private const string Schema = """
        {"type":"record","name":"R","fields":[
          {"name":"b","type":"boolean"},{"name":"i","type":"int"},{"name":"l","type":"long"},{"name":"f","type":"float"},{"name":"d","type":"double"},{"name":"s","type":"string"},
          {"name":"e","type":{"type":"enum","name":"E","symbols":["RED","GREEN","BLUE"]}},{"name":"n","type":["null","float"]},{"name":"in","type":{"type":"record","name":"I","fields":[{"name":"x","type":"double"}]}}]}
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Schema_has_label_features_and_every_column_with_annotations()
    {
        await using KafkaDataset dataset = await OpenAsync(LabelColumn.Binary("b"));
        DataViewSchema schema = dataset.ToDataView(new MLContext()).Schema;
        Assert.Equal(["Label", "Features", "b", "i", "l", "f", "d", "s", "e", "n", "in.x", "Partition", "Offset", "Timestamp"], schema.Select(c => c.Name));
        Assert.Equal(
            [typeof(bool), typeof(VBuffer<float>), typeof(bool), typeof(int), typeof(long), typeof(float), typeof(double), typeof(ReadOnlyMemory<char>), typeof(uint), typeof(float), typeof(double), typeof(int), typeof(long), typeof(DateTimeOffset)],
            schema.Select(c => c.Type.RawType));
        Assert.Equal(BooleanDataViewType.Instance, schema["Label"].Type);
        Assert.Equal(new VectorDataViewType(NumberDataViewType.Single, 6), schema["Features"].Type);
        Assert.Equal(["i", "l", "f", "d", "n", "in.x"], schema["Features"].Texts("SlotNames"));
        Assert.Equal(3ul, Assert.IsType<KeyDataViewType>(schema["e"].Type).Count);
        Assert.Equal(["RED", "GREEN", "BLUE"], schema["e"].Texts("KeyValues"));
        Assert.Empty(schema["f"].Annotations.Schema);
    }

    [Fact]
    public async Task Label_types_follow_the_kind()
    {
        await using KafkaDataset regression = await OpenAsync(LabelColumn.Regression("i"));
        Assert.Equal(NumberDataViewType.Single, regression.ToDataView(new MLContext()).Schema["Label"].Type);
        await using KafkaDataset category = await OpenAsync(LabelColumn.Category("e"));
        DataViewSchema.Column label = category.ToDataView(new MLContext()).Schema["Label"];
        Assert.Equal(3ul, Assert.IsType<KeyDataViewType>(label.Type).Count);
        Assert.Equal(["RED", "GREEN", "BLUE"], label.Texts("KeyValues"));
        await using KafkaDataset texts = await OpenAsync(LabelColumn.Category("s", ["two", "one"]));
        Assert.Equal(["two", "one"], texts.ToDataView(new MLContext()).Schema["Label"].Texts("KeyValues"));
        Assert.Equal([[2u], [1u], [0u]], texts.ToDataView(new MLContext()).Read("Label"));
        await using KafkaDataset integers = await OpenAsync(LabelColumn.Category("i", ["-7", "1"]));
        Assert.Equal([[2u], [0u], [1u]], integers.ToDataView(new MLContext()).Read("Label"));
        await using KafkaDataset none = await OpenAsync(null);
        Assert.Null(none.ToDataView(new MLContext()).Schema.GetColumnOrNull("Label"));
    }

    [Fact]
    public async Task Getters_of_every_type_give_the_values()
    {
        await using KafkaDataset dataset = await OpenAsync(LabelColumn.Binary("b"), ["d", "i"]);
        IDataView view = dataset.ToDataView(new MLContext());
        List<object[]> rows = view.Read([.. view.Schema.Take(11).Select(c => c.Name)]);
        Assert.Equal(
            [
                [true, new[] { 0.25f, 1f }, true, 1, 1L << 40, 1.5f, 0.25, "one", 1u, float.NaN, 7.0],
                [false, new[] { -2f, 2f }, false, 2, -1L, float.NegativeInfinity, -2.0, "two", 3u, 0f, 8.0],
                [true, new[] { float.NaN, -7f }, true, -7, 0L, 0f, double.NaN, "drei漢", 2u, 4.5f, 9.0],
            ],
            rows);
        Assert.Equal(rows.Select(r => (object[])[r[7], r[0]]), view.Read("s", "Label"));
    }

    [Fact]
    public async Task Features_are_in_the_order_asked_for()
    {
        await using KafkaDataset dataset = await OpenAsync(null, ["n", "in.x", "b", "i"]);
        IDataView view = dataset.ToDataView(new MLContext());
        Assert.Equal(["n", "in.x", "b", "i"], view.Schema["Features"].Texts("SlotNames"));
        Assert.Equal(new[] { 4.5f, 9f, 1f, -7f }, view.Read("Features")[2][0]);
    }

    [Fact]
    public async Task Getters_of_inactive_columns_and_wrong_types_throw()
    {
        await using KafkaDataset dataset = await OpenAsync(LabelColumn.Binary("b"));
        IDataView view = dataset.ToDataView(new MLContext());
        using DataViewRowCursor cursor = view.GetRowCursor([view.Schema["f"], view.Schema["e"]]);
        Assert.True(cursor.IsColumnActive(view.Schema["f"]));
        Assert.False(cursor.IsColumnActive(view.Schema["d"]));
        Assert.Contains("'d'", Assert.Throws<InvalidOperationException>(() => cursor.GetGetter<double>(view.Schema["d"])).Message);
        Assert.Throws<InvalidOperationException>(() => cursor.GetGetter<bool>(view.Schema["Label"]));
        Assert.Contains("'f'", Assert.Throws<InvalidOperationException>(() => cursor.GetGetter<double>(view.Schema["f"])).Message);
        Assert.Throws<InvalidOperationException>(() => cursor.GetGetter<int>(view.Schema["e"]));
        Assert.Throws<ArgumentException>(() => view.GetRowCursor([view.Schema["f"], OtherSchema()["zzz"]]));
        ValueGetter<float> getter = cursor.GetGetter<float>(view.Schema["f"]);
        float value = 0;
        Assert.Throws<InvalidOperationException>(() => getter(ref value));
        Assert.True(cursor.MoveNext());
        getter(ref value);
        getter(ref value);
        Assert.Equal(1.5f, value);
        while (cursor.MoveNext())
        {
        }

        Assert.Throws<InvalidOperationException>(() => getter(ref value));
    }

    [Fact]
    public async Task Position_batch_and_id_keep_the_contract()
    {
        FakePartition[] logs = PipelineRows.Logs(new Random(7), [1500, 1200, 0, 40], () => 2);
        await using KafkaDataset dataset = await new FakeEngine(logs).OpenAsync(PipelineRows.Schema);
        IDataView view = dataset.ToDataView(new MLContext());
        Assert.Null(view.GetRowCount());
        Assert.True(view.CanShuffle);
        using DataViewRowCursor cursor = view.GetRowCursor([]);
        Assert.Same(view.Schema, cursor.Schema);
        Assert.Equal(-1, cursor.Position);
        ValueGetter<DataViewRowId> getter = cursor.GetIdGetter();
        DataViewRowId id = default;
        Assert.Throws<InvalidOperationException>(() => getter(ref id));
        var ids = new List<ulong>();
        for (long position = 0; cursor.MoveNext(); position++)
        {
            Assert.Equal(position, cursor.Position);
            Assert.Equal(0, cursor.Batch);
            getter(ref id);
            Assert.Equal(0ul, id.High);
            ids.Add(id.Low);
        }

        Assert.Equal(
            PipelineRows.InOrder(logs, dataset.Snapshot).Select(r => (ulong)(logs.Where(l => l.Partition < r.Partition).Sum(l => l.End - l.Start) + r.Offset - logs[r.Partition].Start)),
            ids);
        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.Equal(-1, cursor.Position);
        Assert.False(cursor.MoveNext());
        Assert.False(cursor.MoveNext());
        Assert.Equal(-1, cursor.Position);
    }

    /// <summary>Rows so large that not all windows of the usual length fit into the memory.</summary>
    [Fact]
    public async Task The_shuffled_order_does_not_depend_on_the_memory()
    {
        const int Width = 300, Rows = 3000;
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        kafka.CreateTopic("rows", 2);
        using (IProducer<Null, byte[]> producer = new ProducerBuilder<Null, byte[]>(new ProducerConfig { BootstrapServers = kafka.BootstrapServers, LingerMs = 5 }).SetLogHandler((_, _) => { }).Build())
        {
            float[] values = new float[Width];
            for (int i = 0; i < Rows; i++)
            {
                values[0] = i;
                producer.Produce(new TopicPartition("rows", i % 2), new Message<Null, byte[]> { Value = MemoryMarshal.AsBytes(values.AsSpan()).ToArray() });
            }

            producer.Flush(Token);
        }

        var orders = new List<float[]>();
        long enough = 0;
        foreach (long prefetch in (long[])[1 << 20, 4 << 20, 0, 64 << 20])
        {
            var log = new RecordedLog();
            await using KafkaDataset dataset = await KafkaDataset.OpenAsync(
                "rows",
                new KafkaDatasetOptions { BootstrapServers = kafka.BootstrapServers, Format = RecordFormat.Float32(Width), PrefetchBytes = prefetch == 0 ? enough : prefetch, LoggerFactory = log.ToFactory() },
                Token);
            IDataView view = dataset.ToDataView(new MLContext());
            using DataViewRowCursor cursor = view.GetRowCursor([view.Schema["Values"]], new Random(5));
            ValueGetter<VBuffer<float>> get = cursor.GetGetter<VBuffer<float>>(view.Schema["Values"]);
            VBuffer<float> row = default;
            var order = new List<float>();
            while (cursor.MoveNext())
            {
                get(ref row);
                order.Add(row.GetItemOrDefault(0));
            }

            orders.Add([.. order]);

            // Too little memory is told, with what would be enough.
            Match match = Regex.Match(string.Join('\n', log.Warnings), @"PrefetchBytes = (\d+) is about enough");
            Assert.Equal(prefetch is > 0 and < 64 << 20, match.Success);
            enough = match.Success ? long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : enough;
        }

        Assert.Equal(Enumerable.Range(0, Rows).Select(i => (float)i), orders[0].Order());
        Assert.NotEqual(orders[0].Order(), orders[0]);
        Assert.All(orders, order => Assert.Equal(orders[0], order));
    }

    [Fact]
    public async Task A_set_of_cursors_holds_each_row_once()
    {
        await using KafkaDataset dataset = await new FakeEngine(FakePartition.Of(0, RowPipelineTests.Values(2000))).OpenAsync(PipelineRows.Schema);
        IDataView view = dataset.ToDataView(new MLContext());
        foreach (int n in (int[])[-1, 0, 1, 3, 100])
        {
            DataViewRowCursor[] cursors = view.GetRowCursorSet([view.Schema["id"]], n);
            Assert.InRange(cursors.Length, 1, Math.Max(1, n));
            Assert.All(cursors, c => Assert.Same(view.Schema, c.Schema));
            var rows = new List<(long Batch, long Id)>();
            foreach (DataViewRowCursor cursor in cursors)
            {
                using (cursor)
                {
                    Func<object> getter = cursor.Getter(view.Schema["id"]);
                    while (cursor.MoveNext())
                    {
                        rows.Add((cursor.Batch, (long)getter()));
                    }
                }
            }

            Assert.Equal(Enumerable.Range(0, 2000).Select(i => (long)i), rows.OrderBy(r => r.Batch).Select(r => r.Id));
        }
    }

    [Fact]
    public async Task An_empty_range_is_an_empty_view()
    {
        await using KafkaDataset dataset = await new FakeEngine(new FakePartition(0, 9, 9, [])).OpenAsync(PipelineRows.Schema, LabelColumn.Binary("label"));
        IDataView view = dataset.ToDataView(new MLContext());
        Assert.Equal(0, view.GetRowCount());
        Assert.Empty(view.Read("Label", "Features", "text"));
        Assert.Empty(view.Preview().RowView);
    }

    [Fact]
    public async Task A_binary_label_of_another_value_names_its_record()
    {
        await using KafkaDataset dataset = await new FakeEngine(FakePartition.Of(0, RowPipelineTests.Values(10))).OpenAsync(PipelineRows.Schema, LabelColumn.Binary("id"));
        RecordDecodingException e = Assert.Throws<RecordDecodingException>(() => dataset.ToDataView(new MLContext()).Read("x"));
        Assert.Equal((2L, "id"), (e.Offset, e.Field));
        Assert.Contains("2", e.Message);

        const string nullable = """{"type":"record","name":"R","fields":[{"name":"y","type":["null","boolean"]}]}""";
        await using KafkaDataset missing = await new FakeEngine(FakePartition.Of(0, [[2, 1], [0]])).OpenAsync(nullable, LabelColumn.Binary("y"));
        Assert.Equal(1, Assert.Throws<RecordDecodingException>(() => missing.ToDataView(new MLContext()).Read("Label")).Offset);
    }

    [Fact]
    public async Task A_failed_cursor_fails_again_and_the_next_one_begins_anew()
    {
        bool isDown = true;
        var engine = new FakeEngine(FakePartition.Of(0, RowPipelineTests.Values(3000)))
        {
            BeforeChunk = (_, offset, _) => isDown && offset > 2000 ? Task.FromException(new BrokerException("down")) : Task.CompletedTask,
        };
        await using KafkaDataset dataset = await engine.OpenAsync(PipelineRows.Schema);
        IDataView view = dataset.ToDataView(new MLContext());
        using DataViewRowCursor cursor = view.GetRowCursor(view.Schema);
        BrokerException first = Assert.Throws<BrokerException>(() => cursor.Read([]));
        Assert.Same(first, Assert.Throws<BrokerException>(() => cursor.MoveNext()));
        isDown = false;
        Assert.Equal(3000, view.Read("id").Count);
    }

    [Fact]
    public async Task Disposing_a_cursor_that_another_thread_waits_on_returns_at_once()
    {
        var waiting = new TaskCompletionSource();
        var engine = new FakeEngine(FakePartition.Of(0, RowPipelineTests.Values(10)))
        {
            BeforeChunk = (_, _, ct) =>
            {
                waiting.TrySetResult();
                return Task.Delay(Timeout.Infinite, ct);
            },
        };
        await using KafkaDataset dataset = await engine.OpenAsync(PipelineRows.Schema);
        DataViewRowCursor cursor = dataset.ToDataView(new MLContext()).GetRowCursor([]);
        Task<bool> moving = Task.Run(cursor.MoveNext, Token);
        await waiting.Task.WaitAsync(Token);
        long start = Stopwatch.GetTimestamp();
        cursor.Dispose();
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 60);
        await Task.WhenAny(moving).WaitAsync(TimeSpan.FromSeconds(60), Token);
        Assert.False(moving is { IsCompletedSuccessfully: true, Result: true });
        Assert.False(cursor.MoveNext());
        cursor.Dispose();
        await Until.TrueAsync(() => engine.Sources.All(s => s.IsDisposed), "the source is disposed");
        engine.AssertAllReturned();
    }

    [Fact]
    public async Task A_cursor_may_move_between_threads_and_cursors_do_not_meet()
    {
        await using KafkaDataset dataset = await new FakeEngine(FakePartition.Of(0, RowPipelineTests.Values(5000))).OpenAsync(PipelineRows.Schema);
        IDataView view = dataset.ToDataView(new MLContext());
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async i =>
        {
            using DataViewRowCursor cursor = view.GetRowCursor(view.Schema);
            Func<object> getter = cursor.Getter(view.Schema["id"]);
            for (long row = 0; row < 5000; row++)
            {
                Assert.True(row % 100 == i ? await Task.Run(cursor.MoveNext, Token) : cursor.MoveNext());
                Assert.Equal(row, getter());
            }

            Assert.False(cursor.MoveNext());
        }));
    }

    [Fact]
    public async Task A_field_named_like_the_label_gives_way_to_it()
    {
        const string schema = """{"type":"record","name":"R","fields":[{"name":"Label","type":"int"},{"name":"Features","type":"int"}]}""";
        await using KafkaDataset dataset = await new FakeEngine(FakePartition.Of(0, [[2, 6], [0, 8]])).OpenAsync(schema, LabelColumn.Binary("Label"));
        IDataView view = dataset.ToDataView(new MLContext());
        Assert.Equal(["Label", "Features", "Partition", "Offset", "Timestamp"], view.Schema.Select(c => c.Name));
        Assert.Equal([[true, new[] { 3f }], [false, new[] { 4f }]], view.Read("Label", "Features"));
    }

    private static DataViewSchema OtherSchema()
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumn("zzz", NumberDataViewType.Single);
        return builder.ToSchema();
    }

    private static Task<KafkaDataset> OpenAsync(LabelColumn? label, IReadOnlyList<string>? features = null)
    {
        global::Avro.RecordSchema schema = AvroBytes.Parse(Schema);
        var symbols = (global::Avro.EnumSchema)schema["e"].Schema;
        var inner = (global::Avro.RecordSchema)schema["in"].Schema;
        byte[][] values =
        [
            AvroBytes.Encode(Schema, true, 1, 1L << 40, 1.5f, 0.25, "one", new global::Avro.Generic.GenericEnum(symbols, "RED"), null, AvroBytes.Datum(inner, 7.0)),
            AvroBytes.Encode(Schema, false, 2, -1L, float.NegativeInfinity, -2.0, "two", new global::Avro.Generic.GenericEnum(symbols, "BLUE"), 0f, AvroBytes.Datum(inner, 8.0)),
            AvroBytes.Encode(Schema, true, -7, 0L, 0f, double.NaN, "drei漢", new global::Avro.Generic.GenericEnum(symbols, "GREEN"), 4.5f, AvroBytes.Datum(inner, 9.0)),
        ];
        return new FakeEngine(FakePartition.Of(0, values)).OpenAsync(Schema, label, features);
    }
}
