using System.Runtime.InteropServices;
using KafkaDatasets.Formats.Float32;
using KafkaDatasets.Tests.Decoding;
using KafkaDatasets.Tests.Fetching;
using Microsoft.ML;
using Xunit;

namespace KafkaDatasets.Tests.Formats.Float32;

/// <summary>Values that are the memory of tensors.</summary>
public sealed class Float32Tests
{
    [Fact]
    public async Task Named_numbers_are_label_and_features()
    {
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Float32(["y", "a", "b"]), LabelColumn.Binary("y"), Bytes(1, 0.5f, float.NaN), Bytes(0, -0f, float.MaxValue));
        Assert.Equal([[true, new[] { 0.5f, float.NaN }], [false, new[] { -0f, float.MaxValue }]], dataset.ToDataView(new MLContext()).Read("Label", "Features"));
        Assert.Equal([[float.NaN, 1f], [float.MaxValue, 0f]], dataset.ToDataView(new MLContext()).Read("b", "y"));
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(cancellationToken: TestContext.Current.CancellationToken))
        {
            Assert.Equal([1f, 0f], [batch.Labels[0], batch.Labels[1]]);
            Assert.Equal([0.5f, float.MaxValue], [batch.Features[0, 0], batch.Features[1, 1]]);
        }
    }

    [Fact]
    public async Task All_numbers_may_be_one_vector()
    {
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Float32(3, "x"), null, Bytes(1, 2, 3), Bytes(4, 5, 6));
        Assert.Equal([[new[] { 1f, 2f, 3f }], [new[] { 4f, 5f, 6f }]], dataset.ToDataView(new MLContext()).Read("x"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(11)]
    [InlineData(13)]
    [InlineData(24)]
    public async Task Another_length_is_named(int length)
    {
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Float32(3), null, Bytes(1, 2, 3), new byte[length]);
        RecordDecodingException e = Assert.Throws<RecordDecodingException>(() => dataset.ToDataView(new MLContext()).Read("Values"));
        Assert.Equal(1, e.Offset);
        Assert.Contains($"has {length} bytes", e.Message);
        Assert.Contains("are 12", e.Message);
    }

    [Fact]
    public async Task A_binary_label_is_checked()
    {
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Float32(["y", "a"]), LabelColumn.Binary("y"), Bytes(1, 1), Bytes(0.5f, 1));
        Assert.Equal((1L, "y"), Assert.Throws<RecordDecodingException>(() => dataset.ToDataView(new MLContext()).Read("a")) is var e ? (e.Offset, e.Field) : default);
    }

    [Fact]
    public void Values_are_copied_as_they_are() =>
        Assert.NotNull(new Float32RecordFormat([new("a", ColumnType.Single)]) is var format ? format.Plan(format.Schema.Layout()).Bulk : null);

    [Fact]
    public Task Mutated_and_random_bytes_give_no_other_exception_no_hang_and_no_large_allocation() => Fuzz.RunAsync(
        seed => (new Float32RecordFormat([new("a", ColumnType.Single), new("v", ColumnType.Single) { IsVector = true, Size = 1 + (seed % 5) }]), [Bytes([.. Enumerable.Range(0, 2 + (seed % 5)).Select(i => i / 3f)])]),
        [[0], [1, 2, 3, 4]]);

    private static byte[] Bytes(params float[] numbers) => MemoryMarshal.AsBytes<float>(numbers).ToArray();

    private static Task<KafkaDataset> OpenAsync(RecordFormat format, LabelColumn? label, params byte[][] values) =>
        new FakeEngine(FakePartition.Of(0, values)).OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", Format = format, Label = label });
}
