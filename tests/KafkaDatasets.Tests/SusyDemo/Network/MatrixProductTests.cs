using SusyDemo.Network;
using Xunit;

namespace KafkaDatasets.Tests.SusyDemo.Network;

public sealed class MatrixProductTests
{
    public static TheoryData<int, int, int> Sizes => new()
    {
        { 1, 1, 1 }, { 7, 5, 3 }, { 8, 32, 18 }, { 13, 33, 20 }, { 12, 48, 9 }, { 18, 128, 40 }, { 128, 256, 17 }, { 4, 31, 0 }, { 0, 32, 5 },
        { 4, 32, 300 }, { 6, 64, 129 }, { 10, 48, 257 }, { 14, 40, 600 }, { 26, 16, 256 },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Adds_the_product_whether_the_left_matrix_is_transposed_or_not(int rows, int columns, int count)
    {
        var random = new Random(1);
        float[] a = Numbers(random, rows * count);
        float[] b = Numbers(random, count * columns);
        float[] before = Numbers(random, rows * columns);
        var transposed = new float[a.Length];
        MatrixProduct.Transpose<float>(a, transposed, rows, count);
        float[] plain = [.. before];
        float[] other = [.. before];

        MatrixProduct.Add(a, count, 1, b, plain, rows, columns, count);
        MatrixProduct.Add(transposed, 1, rows, b, other, rows, columns, count);

        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                double expected = before[(row * columns) + column];
                for (int i = 0; i < count; i++)
                {
                    expected += (double)a[(row * count) + i] * b[(i * columns) + column];
                }

                Assert.Equal(expected, plain[(row * columns) + column], 1e-4);
            }
        }

        Assert.Equal(plain, other);
    }

    [Fact]
    public void Transposes()
    {
        var result = new int[6];
        MatrixProduct.Transpose<int>([1, 2, 3, 4, 5, 6], result, rows: 2, columns: 3);

        Assert.Equal([1, 4, 2, 5, 3, 6], result);
    }

    [Theory]
    [InlineData(3, 4)]
    [InlineData(4, 3)]
    public void Matrices_that_are_too_small_are_an_error(int left, int right) =>
        Assert.ThrowsAny<SystemException>(() => MatrixProduct.Add<float>(new float[left], 4, 1, new float[32 * right], new float[32], 1, 32, 4));

    private static float[] Numbers(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];
}
