using System.Numerics;
using System.Text;
using KafkaDatasets.Tests.Fetching;
using KafkaDatasets.Tests.Formats.Avro;
using Microsoft.ML;
using Xunit;

namespace KafkaDatasets.Tests.Tensors;

/// <summary>Integers beyond 2^53 in columns that are floating-point numbers since they may be missing: a tensor of integers has them exactly, or names why not.</summary>
public sealed class ExactIntegersTests
{
    private const long Odd = 9007199254740993; // 2^53 + 1, which no double is

    private static readonly DatasetColumn Double = new("n", ColumnType.Double, IsNullable: true);
    private static readonly DatasetColumn Single = new("n", ColumnType.Single, IsNullable: true);

    public static TheoryData<string, string> Values => new()
    {
        { "declared JSON", $$"""{"n":{{Odd}}}""" },
        { "declared JSON", $$"""{ "n" : "{{Odd}}" }""" },
        { "declared JSON", """{"n":9.007199254740993e15}""" },
        { "declared JSON", """{"n":9007199254740993.000}""" },
        { "declared JSON of Single", $$"""{"n":{{Odd}}}""" },
        { "JSON number", $$"""{"n":{{Odd}}}""" },
        { "JSON nullable integer", $$"""{"n":{{Odd}}}""" },
        { "JSON decimal", $$"""{"n":"{{Unscaled(Odd * (BigInteger)100)}}"}""" },
        { "JSON decimal", $$"""{"n":{{Odd}}}""" },
        { "CSV", $"{Odd}" },
        { "CSV", $" {Odd} \n" },
        { "CSV of Single", $"{Odd}" },
    };

    [Theory]
    [MemberData(nameof(Values))]
    public async Task An_integer_tensor_is_exact(string format, string value) =>
        Assert.Equal(Odd, await ReadAsync(Of(format), Encoding.UTF8.GetBytes(value)));

    [Fact]
    public async Task So_is_a_decimal_of_Avro()
    {
        foreach (int scale in (int[])[0, 2, 30])
        {
            string type = $$"""{"type":"bytes","logicalType":"decimal","precision":60,"scale":{{scale}}}""";
            byte[] unscaled = (Odd * BigInteger.Pow(10, scale)).ToByteArray(isBigEndian: true);
            Assert.Equal(Odd, await ReadAsync(RecordFormat.Avro(AvroBytes.Record($$"""{"name":"n","type":{{type}}}""")), [(byte)(2 * unscaled.Length), .. unscaled]));
        }
    }

    [Theory]
    [InlineData("""{"n":9007199254740993.5}""", "9007199254740993.5")]
    [InlineData("""{"n":0.5}""", "0.5")]
    [InlineData("""{"n":9223372036854775808}""", "9223372036854775808")]
    [InlineData("""{"n":1e300}""", "1E+300")]
    public async Task A_number_that_is_none_is_named(string value, string shown)
    {
        RecordDecodingException e = await Assert.ThrowsAsync<RecordDecodingException>(() => ReadAsync(RecordFormat.Json([Double]), Encoding.UTF8.GetBytes(value)));
        Assert.Contains($"the number {shown} cannot be in the tensor TensorColumn.Int64(\"n\")", e.Message);
        Assert.Equal("n", e.Field);
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"n":null}""")]
    [InlineData("""{"n":""}""")]
    [InlineData("""{"n":NaN}""")]
    public async Task A_missing_one_is_what_is_said(string value) => Assert.Equal(-1, await ReadAsync(RecordFormat.Json([Double]), Encoding.UTF8.GetBytes(value)));

    /// <summary>The tensors of one column each have what they can hold.</summary>
    [Fact]
    public async Task Other_tensors_of_the_column_are_the_nearest_number()
    {
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Json([Double, new("m", ColumnType.Double, true)]), Encoding.UTF8.GetBytes($$"""{"n":{{Odd}},"m":7}"""));
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(new BatchOptions { Tensors = [TensorColumn.Int64("n"), TensorColumn.Int32("m")] }, TestContext.Current.CancellationToken))
        {
            using (batch)
            {
                Assert.Equal(Odd, batch.Get<long>("n")[0]);
                Assert.Equal(7, batch.Get<int>("m")[0]);
                Assert.Equal([(float)Odd, 7f], new[] { batch.Features[0, 0], batch.Features[0, 1] });
            }
        }

        Assert.Equal([[9007199254740992.0]], dataset.ToDataView(new MLContext()).Read("n"));
    }

    private static RecordFormat Of(string format) => format switch
    {
        "declared JSON" => RecordFormat.Json([Double]),
        "declared JSON of Single" => RecordFormat.Json([Single]),
        "JSON number" => RecordFormat.Json("""{"type":"object","properties":{"n":{"type":"number"}}}"""),
        "JSON nullable integer" => RecordFormat.Json("""{"type":"object","properties":{"n":{"type":["null","integer"]}}}"""),
        "JSON decimal" => RecordFormat.Json([Double with { DecimalScale = 2 }]),
        "CSV" => RecordFormat.Csv([Double]),
        "CSV of Single" => RecordFormat.Csv([Single]),
        _ => throw new ArgumentException(format),
    };

    private static string Unscaled(BigInteger number) => Convert.ToBase64String(number.ToByteArray(isBigEndian: true));

    private static Task<KafkaDataset> OpenAsync(RecordFormat format, byte[] value) => new FakeEngine(FakePartition.Of(0, [value])).OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", Format = format });

    private static async Task<long> ReadAsync(RecordFormat format, byte[] value)
    {
        await using KafkaDataset dataset = await OpenAsync(format, value);
        var values = new List<long>();
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(new BatchOptions { Tensors = [TensorColumn.Int64("n", missing: -1)] }, TestContext.Current.CancellationToken))
        {
            using (batch)
            {
                values.Add(batch.Get<long>("n")[0]);
            }
        }

        return Assert.Single(values);
    }
}
