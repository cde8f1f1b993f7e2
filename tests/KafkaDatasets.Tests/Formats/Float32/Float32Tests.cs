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

    public static TheoryData<ByteOrder> Orders => [ByteOrder.LittleEndian, ByteOrder.BigEndian];

    [Theory]
    [MemberData(nameof(Orders))]
    public async Task Doubles_and_either_byte_order(ByteOrder order)
    {
        double[] numbers = [1, -0.1, double.NaN, 1e300, double.Epsilon];
        byte[] doubles = [.. numbers.SelectMany(n => Ordered(BitConverter.GetBytes(n), order))];
        byte[] singles = [.. numbers.SelectMany(n => Ordered(BitConverter.GetBytes((float)n), order))];
        string[] names = ["y", "a", "b", "c", "d"];
        await using KafkaDataset wide = await OpenAsync(RecordFormat.Float64(names, order), LabelColumn.Binary("y"), doubles);
        Assert.Equal([[-0.1, double.NaN, 1e300, double.Epsilon]], wide.ToDataView(new MLContext()).Read("a", "b", "c", "d"));
        Assert.Equal([[true, new[] { -0.1f, float.NaN, float.PositiveInfinity, 0f }]], wide.ToDataView(new MLContext()).Read("Label", "Features"));
        await using KafkaDataset vector = await OpenAsync(RecordFormat.Float64(5, "v", order), null, doubles);
        Assert.Equal([[numbers]], vector.ToDataView(new MLContext()).Read("v"));
        await using KafkaDataset narrow = await OpenAsync(RecordFormat.Float32(names, order), LabelColumn.Binary("y"), singles);
        Assert.Equal([[true, -0.1f, float.PositiveInfinity, 0f]], narrow.ToDataView(new MLContext()).Read("Label", "a", "c", "d"));
        await using KafkaDataset values = await OpenAsync(RecordFormat.Float32(5, "v", order), null, singles);
        Assert.Equal([[numbers.Select(n => (float)n).ToArray()]], values.ToDataView(new MLContext()).Read("v"));
        await foreach (TensorBatch batch in wide.ReadBatchesAsync(new BatchOptions { Tensors = [TensorColumn.Double("c")] }, TestContext.Current.CancellationToken))
        {
            Assert.Equal(1e300, batch.Get<double>("c")[0]);
        }
    }

    [Fact]
    public async Task Numbers_of_the_other_size_are_told()
    {
        await using KafkaDataset singles = await OpenAsync(RecordFormat.Float32(2), null, new byte[16]);
        Assert.Contains("is it RecordFormat.Float64?", Assert.Throws<RecordDecodingException>(() => singles.ToDataView(new MLContext()).Read("Values")).Message);
        await using KafkaDataset doubles = await OpenAsync(RecordFormat.Float64(["a", "b", "c"]), null, new byte[12]);
        Assert.Contains("is it RecordFormat.Float32?", Assert.Throws<RecordDecodingException>(() => doubles.ToDataView(new MLContext()).Read("a")).Message);
        InvalidOptionsException e = await Assert.ThrowsAsync<InvalidOptionsException>(() => OpenAsync(RecordFormat.Float64(2, "v", (ByteOrder)7), null));
        Assert.Contains("byte order 7", e.Message);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(18)]
    public async Task Shuffled_rows_have_the_numbers_of_their_offsets(int width)
    {
        byte[][] values = [.. Enumerable.Range(0, 3000).Select(o => Bytes([.. Enumerable.Range(0, width).Select(i => (o * 1000) + i)]))];
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Float32([.. Enumerable.Range(0, width).Select(i => $"f{i}")]), null, values);
        var read = new HashSet<long>();
        await foreach (TensorBatch batch in dataset.ReadBatchesAsync(new BatchOptions { Shuffle = Shuffle.Seeded(1) }, TestContext.Current.CancellationToken))
        {
            for (int row = 0; row < batch.Rows; row++)
            {
                long offset = batch.Offsets[row];
                Assert.True(read.Add(offset));
                for (int i = 0; i < width; i++)
                {
                    Assert.Equal((offset * 1000) + i, batch.Features[row, i]);
                }
            }
        }

        Assert.Equal(3000, read.Count);
    }

    private static IEnumerable<byte> Ordered(byte[] number, ByteOrder order) => order == ByteOrder.BigEndian ? number.Reverse() : number;

    [Fact]
    public async Task A_binary_label_is_checked()
    {
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Float32(["y", "a"]), LabelColumn.Binary("y"), Bytes(1, 1), Bytes(0.5f, 1));
        Assert.Equal((1L, "y"), Assert.Throws<RecordDecodingException>(() => dataset.ToDataView(new MLContext()).Read("a")) is var e ? (e.Offset, e.Field) : default);
    }

    [Fact]
    public void Values_are_copied_as_they_are() =>
        Assert.NotNull(new FloatRecordFormat([new("a", ColumnType.Single)], new FloatEncoding(ColumnType.Single, ByteOrder.LittleEndian)) is var format ? format.Plan(format.Schema.Layout()).Bulk : null);

    [Fact]
    public Task Mutated_and_random_bytes_give_no_other_exception_no_hang_and_no_large_allocation() => Fuzz.RunAsync(
        seed => (new FloatRecordFormat([new("a", ColumnType.Single), new("v", ColumnType.Single) { IsVector = true, Size = 1 + (seed % 5) }], new FloatEncoding(ColumnType.Single, ByteOrder.LittleEndian)), [Bytes([.. Enumerable.Range(0, 2 + (seed % 5)).Select(i => i / 3f)])]),
        [[0], [1, 2, 3, 4]]);

    private static byte[] Bytes(params float[] numbers) => MemoryMarshal.AsBytes<float>(numbers).ToArray();

    private static Task<KafkaDataset> OpenAsync(RecordFormat format, LabelColumn? label, params byte[][] values) =>
        new FakeEngine(FakePartition.Of(0, values)).OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", Format = format, Label = label });
}
