using System.Numerics.Tensors;
using KafkaDatasets.Learning;
using Xunit;

namespace KafkaDatasets.Tests.Learning;

public sealed class LearnedRowsTests
{
    [Theory]
    [InlineData(6, 1)]
    [InlineData(1, 6)]
    [InlineData(2, 3)]
    [InlineData(1, 1)]
    [InlineData(0, 3)]
    public void Rows_of_any_number_of_features_lie_side_by_side(int rows, int features)
    {
        float[] values = [.. Enumerable.Range(0, rows * features).Select(i => (float)i)];

        Assert.Equal(values, LearnedRows.Flat(new ReadOnlyTensorSpan<float>(values, [rows, features], [])).ToArray());
    }
}
