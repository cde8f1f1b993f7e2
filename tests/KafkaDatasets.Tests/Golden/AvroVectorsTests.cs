using System.Globalization;
using System.Text.Json;
using Confluent.SchemaRegistry;
using KafkaDatasets.Tests.Fetching;
using Microsoft.ML;
using Xunit;

namespace KafkaDatasets.Tests.Golden;

/// <summary>Each message that Confluent's Avro serializer wrote, by itself: every value that it holds is in the columns, and nothing else.</summary>
public sealed class AvroVectorsTests
{
    /// <summary>The levels of records inside themselves that are read.</summary>
    private const int Levels = 4;

    public static TheoryData<string> Keys => GoldenVectors.Keys("avro");

    [Theory]
    [MemberData(nameof(Keys))]
    public async Task Holds_exactly_the_expected_values(string key)
    {
        GoldenVector vector = GoldenVectors.Get(key);
        IReadOnlyList<GoldenVector> topic = GoldenVectors.OfTopic(vector.Topic);
        using StubRegistry stub = GoldenRegistry.Start(topic, $"{vector.Topic}-value");
        using var registry = new CachedSchemaRegistryClient(new SchemaRegistryConfig { Url = stub.Url });
        var engine = new FakeEngine([FakePartition.Of(0, [new FakeRecord(0, vector.Value) { Headers = [.. vector.Headers.Select(h => (h.Key, (byte[]?)h.Value))] }])]) { Topic = vector.Topic };
        string[] extraColumns = vector.Name switch
        {
            "collections" => ["m.k0", "m.k1", "m.k2", "m.k3"],
            "recursive" => [.. Enumerable.Range(1, Levels).Select(level => $"{Nexts(level)}v")],
            _ => [],
        };
        await using KafkaDataset dataset = await engine.OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", SchemaRegistry = registry, ExtraColumns = extraColumns });

        Dictionary<string, object> expected = Expected(vector, dataset);
        string[] columns = [.. dataset.Schema.Columns.Select(c => c.Name)];
        object[] row = Assert.Single(dataset.ToDataView(new MLContext()).Read(columns));
        Assert.Equal(columns.Order(), expected.Keys.Order());
        for (int i = 0; i < columns.Length; i++)
        {
            AssertEqual(expected[columns[i]], row[i], dataset.Schema.Columns[i], $"{key} {columns[i]}");
        }

        await CheckTensorsAsync(key, dataset, expected);
    }

    private static string Nexts(int level) => string.Concat(Enumerable.Repeat("next.", level));

    private static async Task CheckTensorsAsync(string key, KafkaDataset dataset, Dictionary<string, object> expected)
    {
        DatasetColumn[] columns = [.. dataset.Schema.Columns.Where(c => c.Type != ColumnType.Text)];
        var options = new BatchOptions { Tensors = [.. columns.Select(c => AsTensor(c, expected[c.Name]))] };
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(options, TestContext.Current.CancellationToken))
        {
            Assert.Equal(1, batch.Rows);
            foreach (DatasetColumn column in columns)
            {
                JsonElement[] values = expected[column.Name] is JsonElement[] items ? items : [(JsonElement)expected[column.Name]];
                if (column.Type == ColumnType.Single)
                {
                    float[] tensor = new float[batch.Get<float>(column.Name).FlattenedLength];
                    batch.Get<float>(column.Name).FlattenTo(tensor);
                    AssertTensor(values, tensor, column, key);
                }
                else if (column.Type == ColumnType.Double)
                {
                    double[] tensor = new double[batch.Get<double>(column.Name).FlattenedLength];
                    batch.Get<double>(column.Name).FlattenTo(tensor);
                    AssertTensor(values, tensor, column, key);
                }
                else
                {
                    long[] tensor = new long[batch.Get<long>(column.Name).FlattenedLength];
                    batch.Get<long>(column.Name).FlattenTo(tensor);
                    AssertTensor(values, tensor, column, key);
                }
            }
        }
    }

    private static TensorColumn AsTensor(DatasetColumn column, object expected)
    {
        int[]? shape = !column.IsVector ? null : column.Size > 0 ? [column.Size] : [Math.Max(1, ((JsonElement[])expected).Length)];
        return column.Type switch
        {
            ColumnType.Single => TensorColumn.Single(column.Name, shape, padding: -1),
            ColumnType.Double => TensorColumn.Double(column.Name, shape, padding: -1),
            _ => TensorColumn.Int64(column.Name, shape, padding: -1, missing: -1),
        };
    }

    private static void AssertTensor<T>(JsonElement[] expected, T[] tensor, DatasetColumn column, string key)
        where T : struct
    {
        Assert.Equal(Math.Max(1, expected.Length), tensor.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            string where = $"{key} {column.Name} tensor {i}";
            switch (expected[i].ValueKind, column.Type, tensor[i])
            {
                case (JsonValueKind.Null, _, long missing):
                    Assert.Equal(-1, missing);
                    break;
                case (_, ColumnType.Key, long index):
                    Assert.Equal(expected[i].GetString(), column.KeyValues![(int)index]);
                    break;
                case (_, ColumnType.DateTime, long ticks):
                    AssertScalar(expected[i], new DateTime(ticks), column, where);
                    break;
                case (_, ColumnType.DateTimeOffset, long ticks):
                    AssertScalar(expected[i], new DateTimeOffset(ticks, TimeSpan.Zero), column, where);
                    break;
                case (_, ColumnType.TimeSpan, long ticks):
                    AssertScalar(expected[i], new TimeSpan(ticks), column, where);
                    break;
                case (JsonValueKind.True or JsonValueKind.False, _, long flag):
                    Assert.Equal(expected[i].GetBoolean() ? 1 : 0, flag);
                    break;
                case (JsonValueKind.True or JsonValueKind.False, _, float flag):
                    Assert.Equal(expected[i].GetBoolean() ? 1 : 0, flag);
                    break;
                default:
                    AssertScalar(expected[i], tensor[i], column, where);
                    break;
            }
        }
    }

    /// <summary>The JSON of each column's value: an element, or those of a vector's items.</summary>
    private static Dictionary<string, object> Expected(GoldenVector vector, KafkaDataset dataset)
    {
        var expected = new Dictionary<string, object>();
        JsonElement none = JsonDocument.Parse("null").RootElement;
        switch (vector.Name)
        {
            case "bare_float" or "bare_array":
                Add("value", vector.Expected);
                break;
            case "wide_union":
                JsonElement u = vector.Expected.GetProperty("u");
                bool isWhole = u.ValueKind == JsonValueKind.Number && u.GetRawText().All(c => char.IsAsciiDigit(c) || c == '-');
                Add("u.int", isWhole ? u : none);
                Add("u.float", u.ValueKind == JsonValueKind.Number && !isWhole || IsSpecial(u, "float") ? u : none);
                Add("u.string", u.ValueKind == JsonValueKind.String ? u : none);
                Add("u.UR.z", IsSpecial(u, "z") ? u.GetProperty("z") : none);
                Add("tail", vector.Expected.GetProperty("tail"));
                break;
            case "recursive":
                JsonElement node = vector.Expected;
                for (int level = 0; level <= Levels; level++)
                {
                    Add($"{Nexts(level)}v", node.ValueKind == JsonValueKind.Null ? none : node.GetProperty("v"));
                    node = node.ValueKind == JsonValueKind.Null ? none : node.GetProperty("next");
                }

                Assert.Equal(JsonValueKind.Null, node.ValueKind); // no level is left out
                Assert.Contains("recursive record", dataset.Schema.Unreadable[$"{Nexts(Levels)}next"]);
                break;
            case var name when name.StartsWith("evolution", StringComparison.Ordinal):
                foreach (string field in (string[])["a", "b", "d"])
                {
                    Add(field, vector.Expected.TryGetProperty(field, out JsonElement value) ? value : none); // the default of d is null
                }

                break;
            case "collections":
                foreach (string field in (string[])["v", "w", "ss"])
                {
                    Add(field, vector.Expected.GetProperty(field));
                }

                JsonElement[] inner = [.. vector.Expected.GetProperty("vv").EnumerateArray()];
                expected.Add("vv", inner.SelectMany(v => v.EnumerateArray()).ToArray());
                expected.Add("vv.lengths", inner.Select(v => JsonSerializer.SerializeToElement(v.GetArrayLength())).ToArray());
                JsonElement map = vector.Expected.GetProperty("m");
                foreach (string k in (string[])["k0", "k1", "k2", "k3"])
                {
                    Add($"m.{k}", map.TryGetProperty(k, out JsonElement value) ? value : none);
                }

                Assert.All(map.EnumerateObject(), e => Assert.Contains($"m.{e.Name}", expected.Keys));
                break;
            default:
                foreach (JsonProperty field in vector.Expected.EnumerateObject().Where(f => vector.Name != "primitives" || f.Name != "n"))
                {
                    Walk(field.Name, field.Value);
                }

                break;
        }

        return expected;

        void Walk(string path, JsonElement value)
        {
            if (path is "inner" or "inner.deep" or "maybe" or "maybe.deep" || (vector.Name == "references" && path is "a" or "b"))
            {
                string[] fields = path.EndsWith("deep", StringComparison.Ordinal) ? ["y", "t"] : vector.Name == "references" ? ["x", "y"] : ["x", "deep"];
                Assert.All(fields, f => Walk($"{path}.{f}", value.ValueKind == JsonValueKind.Null ? none : value.GetProperty(f)));
                return;
            }

            Add(path, value);
        }

        void Add(string path, JsonElement value) => expected.Add(path, value switch
        {
            { ValueKind: JsonValueKind.Array } => value.EnumerateArray().ToArray(),
            { ValueKind: JsonValueKind.Object } when value.TryGetProperty("base64", out JsonElement base64) => base64.GetBytesFromBase64().Select(b => JsonSerializer.SerializeToElement(b)).ToArray(),
            { ValueKind: JsonValueKind.Null } when dataset.Schema.TryGetColumn(path, out DatasetColumn? column) && column.IsVector => Array.Empty<JsonElement>(),
            _ => value,
        });
    }

    private static void AssertEqual(object expected, object actual, DatasetColumn column, string where)
    {
        if (expected is JsonElement[] items)
        {
            object[] values = [.. ((Array)actual).Cast<object>()];
            Assert.True(items.Length == values.Length, $"{where}: expected {items.Length} items, got {values.Length}");
            for (int i = 0; i < items.Length; i++)
            {
                AssertScalar(items[i], values[i], column, $"{where} item {i}");
            }

            return;
        }

        AssertScalar((JsonElement)expected, actual, column, where);
    }

    private static void AssertScalar(JsonElement expected, object actual, DatasetColumn column, string where)
    {
        switch (expected.ValueKind, actual)
        {
            case (JsonValueKind.Null, DateTimeOffset time):
                Assert.True(time == DateTimeOffset.MinValue, $"{where}: expected a missing time, got {time:O}");
                break;
            case (_, DateTime date):
                Assert.True(date == DateTime.UnixEpoch.AddDays(expected.GetProperty("epochDays").GetInt32()), $"{where}: expected {expected}, got {date:O}");
                break;
            case (_, DateTimeOffset time):
                Assert.Equal(TimeSpan.Zero, time.Offset);
                Assert.True((time - DateTimeOffset.UnixEpoch).Ticks == 10 * expected.GetProperty("epochMicros").GetInt64(), $"{where}: expected {expected}, got {time:O}");
                break;
            case (_, TimeSpan time):
                Assert.True(time.Ticks == 10 * expected.GetProperty("microsOfDay").GetInt64(), $"{where}: expected {expected}, got {time}");
                break;
            case (JsonValueKind.Object, double number) when expected.TryGetProperty("decimal", out JsonElement value):
                Assert.True(number.Equals(double.Parse(value.GetString()!, CultureInfo.InvariantCulture)), $"{where}: expected {value}, got {number:R}");
                break;
            case (_, uint key) when column.Type == ColumnType.Key:
                GoldenValue.AssertEqual(expected, key == 0 ? null : column.KeyValues![(int)key - 1], where);
                break;
            case (_, byte b):
                Assert.True(expected.GetInt32() == b, $"{where}: expected {expected}, got {b}");
                break;
            default:
                GoldenValue.AssertEqual(expected, actual, where);
                break;
        }
    }

    private static bool IsSpecial(JsonElement value, string property) => value.ValueKind == JsonValueKind.Object && value.TryGetProperty(property, out _);
}
