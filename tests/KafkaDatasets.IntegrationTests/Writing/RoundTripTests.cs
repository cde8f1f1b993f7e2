using Confluent.SchemaRegistry;
using KafkaDatasets.IntegrationTests.Cluster;
using Microsoft.ML;
using Microsoft.ML.Data;
using Xunit;

namespace KafkaDatasets.IntegrationTests.Writing;

/// <summary>A view written to a real broker and registry and read from there again is equal: columns, types, and every value in its order.</summary>
public sealed class RoundTripTests(SharedKafka shared)
{
    private const int Rows = 3000;

    private readonly MLContext _ml = new(1);

    [Theory]
    [InlineData(WriteFormat.Avro)]
    [InlineData(WriteFormat.Json)]
    [InlineData(WriteFormat.Protobuf)]
    public async Task A_view_comes_back_equal(WriteFormat format)
    {
        KafkaDriver kafka = await shared.KafkaAsync();
        using var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = await shared.SchemaRegistryUrlAsync() });
        string topic = $"kafkadatasets-test-{Guid.NewGuid():N}";
        IDataView view = _ml.Transforms.Conversion.MapValueToKey("Kind").Fit(_ml.Data.LoadFromEnumerable(Row.Some(Rows))).Transform(_ml.Data.LoadFromEnumerable(Row.Some(Rows)));
        view = _ml.Transforms.SelectColumns([.. view.Schema.Where(c => !c.IsHidden).Select(c => c.Name)]).Fit(view).Transform(view);
        _ml.Data.SaveToKafka(view, topic, new KafkaWriterOptions { BootstrapServers = kafka.BootstrapServers, SchemaRegistry = registry, Format = format, Partitions = 2 }, TestContext.Current.CancellationToken);

        IDataView back = _ml.Data.LoadFromKafka(topic, new KafkaDatasetOptions { BootstrapServers = kafka.BootstrapServers, SchemaRegistry = registry });
        AssertEqual<bool>(view, back, "Flag");
        AssertEqual<int>(view, back, "Whole");
        AssertEqual<long>(view, back, "Big");
        AssertEqual<float>(view, back, "Single");
        AssertEqual<double>(view, back, "Precise");
        AssertEqual<ReadOnlyMemory<char>>(view, back, "Text", text => text.ToString());
        AssertEqual<VBuffer<float>>(view, back, "Vector", vector => string.Join(' ', vector.DenseValues()));
        AssertEqual<VBuffer<double>>(view, back, "Ragged", vector => string.Join(' ', vector.DenseValues()));
        AssertEqual<float>(view, back, "inner.x");
        AssertEqual<double>(view, back, "inner.deep.y");
        AssertEqual<VBuffer<float>>(view, back, "inner.list", vector => string.Join(' ', vector.DenseValues()));
        AssertEqual<DateTimeOffset>(view, back, "inner.at");
        AssertEqual<TimeSpan>(view, back, "Span");
        if (format == WriteFormat.Protobuf)
        {
            Assert.Equal(view.GetColumn<DateTime>("Local"), back.GetColumn<DateTimeOffset>("Local").Select(time => time.DateTime));
        }
        else
        {
            AssertEqual<DateTime>(view, back, "Local");
        }

        Assert.Equal(Kinds(view), Kinds(back));
    }

    [Fact]
    public async Task Lines_of_text_with_the_label_in_the_key_come_back_equal()
    {
        var rows = Row.Some(Rows).Select(r => new { r.Whole, r.Precise, r.Text, r.Flag });
        IDataView view = _ml.Data.LoadFromEnumerable(rows);
        IDataView back = await SaveAndLoadAsync(view, WriteFormat.Csv, "Flag", RecordFormat.Csv(
            [new DatasetColumn("Whole", ColumnType.Int32), new DatasetColumn("Precise", ColumnType.Double), new DatasetColumn("Text", ColumnType.Text)],
            new DatasetColumn("Flag", ColumnType.Boolean)));

        AssertEqual<int>(view, back, "Whole");
        AssertEqual<double>(view, back, "Precise");
        AssertEqual<ReadOnlyMemory<char>>(view, back, "Text", text => text.ToString());
        AssertEqual<bool>(view, back, "Flag");
    }

    [Fact]
    public async Task Raw_numbers_come_back_equal()
    {
        IDataView view = _ml.Data.LoadFromEnumerable(Row.Some(Rows).Select(r => new { r.Single, Other = (float)r.Precise }));
        IDataView back = await SaveAndLoadAsync(view, WriteFormat.Float32, null, RecordFormat.Float32(["Single", "Other"]));

        AssertEqual<float>(view, back, "Single");
        AssertEqual<float>(view, back, "Other");
    }

    private async Task<IDataView> SaveAndLoadAsync(IDataView view, WriteFormat written, string? key, RecordFormat read)
    {
        KafkaDriver kafka = await shared.KafkaAsync();
        string topic = $"kafkadatasets-test-{Guid.NewGuid():N}";
        _ml.Data.SaveToKafka(view, topic, new KafkaWriterOptions { BootstrapServers = kafka.BootstrapServers, Format = written, Framing = SchemaFraming.None, Key = key, Partitions = 1 }, TestContext.Current.CancellationToken);
        return _ml.Data.LoadFromKafka(topic, new KafkaDatasetOptions { BootstrapServers = kafka.BootstrapServers, Format = read });
    }

    private static void AssertEqual<T>(IDataView expected, IDataView actual, string column, Func<T, object>? show = null)
    {
        show ??= value => value!;
        Assert.Equal(expected.Schema[column].Type.RawType, actual.Schema[column].Type.RawType);
        Assert.Equal(expected.GetColumn<T>(column).Select(show), actual.GetColumn<T>(column).Select(show));
    }

    /// <summary>The values of the keys, which may be numbered otherwise.</summary>
    private static List<string> Kinds(IDataView view)
    {
        VBuffer<ReadOnlyMemory<char>> values = default;
        view.Schema["Kind"].GetKeyValues(ref values);
        return [.. view.GetColumn<uint>("Kind").Select(key => key == 0 ? "" : values.GetItemOrDefault((int)key - 1).ToString())];
    }

    private sealed class Row
    {
        public bool Flag { get; set; }

        public int Whole { get; set; }

        public long Big { get; set; }

        public float Single { get; set; }

        public double Precise { get; set; }

        public string Text { get; set; } = "";

        public string Kind { get; set; } = "";

        [VectorType(3)]
        public float[] Vector { get; set; } = [];

        public double[] Ragged { get; set; } = [];

        [ColumnName("inner.x")]
        public float X { get; set; }

        [ColumnName("inner.deep.y")]
        public double Y { get; set; }

        [ColumnName("inner.list")]
        public float[] List { get; set; } = [];

        [ColumnName("inner.at")]
        public DateTimeOffset At { get; set; }

        public TimeSpan Span { get; set; }

        public DateTime Local { get; set; }

        public static IEnumerable<Row> Some(int rows)
        {
            var random = new Random(7);
            for (int i = 0; i < rows; i++)
            {
                yield return new Row
                {
                    Flag = i % 3 == 0,
                    Whole = random.Next(int.MinValue, int.MaxValue),
                    Big = random.NextInt64(long.MinValue, long.MaxValue),
                    Single = i % 50 == 0 ? float.NaN : BitConverter.Int32BitsToSingle(random.Next(0x7F000000)),
                    Precise = i % 70 == 0 ? double.PositiveInfinity : random.NextDouble() / 3,
                    Text = $"row {i} é\"\n",
                    Kind = $"kind{i % 5}",
                    Vector = [random.NextSingle(), -1, i],
                    Ragged = [.. Enumerable.Range(0, i % 4).Select(_ => random.NextDouble())],
                    X = i % 7 == 0 ? float.NaN : i / 8f,
                    Y = -random.NextDouble(),
                    List = [.. Enumerable.Range(0, i % 3).Select(_ => random.NextSingle())],
                    At = i % 9 == 0 ? DateTimeOffset.MinValue : DateTimeOffset.UnixEpoch.AddMicroseconds(random.NextInt64(-1L << 50, 1L << 50)),
                    Span = i % 11 == 0 ? TimeSpan.MinValue : TimeSpan.FromMicroseconds(random.NextInt64(24L * 3600 * 1_000_000)),
                    Local = i % 13 == 0 ? DateTime.MinValue : DateTime.UnixEpoch.AddMicroseconds(random.NextInt64(-1L << 50, 1L << 50)),
                };
            }
        }
    }
}
