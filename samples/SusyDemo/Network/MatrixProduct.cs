using System.Buffers;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SusyDemo.Network;

/// <summary>
/// Products of dense matrices, in blocks whose sums stay in the processor's registers, as Goto and van de Geijn describe (2008): each number that is loaded is
/// used several times, and what a block reads lies side by side, since lines that are a power of two apart displace each other from the cache. In single precision by vectors; in double precision, which only checks of the gradient use, row by row.
/// </summary>
internal static class MatrixProduct
{
    private const int SixRows = 6;
    private const int FourRows = 4;

    /// <summary>How many numbers of the right matrix are put side by side at a time: half of what the nearest cache holds.</summary>
    private const int PanelLength = 4096;

    /// <summary>How many rows the blocks have where vectors are longest.</summary>
    public const int BlockRows = 8;

    /// <summary>Adds a product to a matrix: c += a · b, where c is [rows, columns], a is [rows, count] and b is [count, columns].</summary>
    /// <param name="a">The left matrix.</param>
    /// <param name="rowStride">How far apart its rows lie.</param>
    /// <param name="stride">How far apart the numbers of a row lie; with the number of rows as this, and 1 as the other, it is used transposed.</param>
    /// <param name="b">The right matrix, row by row.</param>
    /// <param name="c">The result, row by row.</param>
    /// <param name="rows">The rows of the result.</param>
    /// <param name="columns">The columns of the result.</param>
    /// <param name="count">How many products each sum has.</param>
    public static void Add<T>(ReadOnlySpan<T> a, int rowStride, int stride, ReadOnlySpan<T> b, Span<T> c, int rows, int columns, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int doneRows = 0;
        int doneColumns = columns / PanelWidth * PanelWidth;
        if (typeof(T) == typeof(float) && rows >= FourRows && doneColumns > 0 && count > 0)
        {
            // The blocks check no bounds, so the matrices are checked here.
            _ = a[((rows - 1) * rowStride) + ((count - 1) * stride)];
            _ = b[(count * columns) - 1];
            _ = c[(rows * columns) - 1];
            ref float left = ref Unsafe.As<T, float>(ref MemoryMarshal.GetReference(a));
            ref float right = ref Unsafe.As<T, float>(ref MemoryMarshal.GetReference(b));
            ref float result = ref Unsafe.As<T, float>(ref MemoryMarshal.GetReference(c));
            (int highRows, doneRows) = Blocks(rows);
            int most = PanelLength / PanelWidth;
            for (int start = 0; start < count; start += most)
            {
                AddBlocks(ref Unsafe.Add(ref left, start * stride), rowStride, stride, ref Unsafe.Add(ref right, start * columns), ref result, highRows, doneRows, doneColumns, columns, Math.Min(most, count - start));
            }
        }

        for (int row = 0; row < rows; row++)
        {
            int from = row < doneRows ? doneColumns : 0;
            if (from == columns)
            {
                continue;
            }

            Span<T> sum = c.Slice((row * columns) + from, columns - from);
            for (int i = 0; i < count; i++)
            {
                TensorPrimitives.MultiplyAdd(b.Slice((i * columns) + from, columns - from), a[(row * rowStride) + (i * stride)], sum, sum);
            }
        }
    }

    /// <summary>Writes a matrix of [rows, columns] as one of [columns, rows].</summary>
    public static void Transpose<T>(ReadOnlySpan<T> matrix, Span<T> result, int rows, int columns)
    {
        const int Block = 16;
        for (int startRow = 0; startRow < rows; startRow += Block)
        {
            int endRow = Math.Min(startRow + Block, rows);
            for (int startColumn = 0; startColumn < columns; startColumn += Block)
            {
                int endColumn = Math.Min(startColumn + Block, columns);
                for (int column = startColumn; column < endColumn; column++)
                {
                    Span<T> to = result.Slice(column * rows, rows);
                    for (int row = startRow; row < endRow; row++)
                    {
                        to[row] = matrix[(row * columns) + column];
                    }
                }
            }
        }
    }

    /// <summary>How many columns a block has: two vectors.</summary>
    private static int PanelWidth => Vector512.IsHardwareAccelerated ? 2 * Vector512<float>.Count : 2 * Vector256<float>.Count;

    /// <summary>How many rows a high block has: as many as there are registers for. A low one has four.</summary>
    private static int HighRows => Vector512.IsHardwareAccelerated ? BlockRows : SixRows;

    /// <summary>Divides rows into high blocks, and low ones after them.</summary>
    /// <returns>The rows of the high ones, and of all.</returns>
    private static (int High, int All) Blocks(int rows)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            return (rows / BlockRows * BlockRows, rows / FourRows * FourRows);
        }

        int even = rows / 2 * 2;
        return (even - ((even % SixRows) switch { 0 => 0, FourRows => FourRows, _ => 2 * FourRows }), even); // any even number from four on
    }

    [SkipLocalsInit]
    private static void AddBlocks(ref float a, int rowStride, int stride, ref float b, ref float c, int highRows, int rows, int doneColumns, int columns, int count)
    {
        Span<float> numbers = stackalloc float[PanelLength];
        ref float panel = ref MemoryMarshal.GetReference(numbers);
        float[]? blocks = rowStride == 1 && stride != 1 ? ArrayPool<float>.Shared.Rent(rows * count) : null;
        if (blocks is not null)
        {
            PackBlocks(ref a, stride, highRows, rows, count, ref MemoryMarshal.GetArrayDataReference(blocks));
        }

        for (int column = 0; column < doneColumns; column += PanelWidth)
        {
            PackPanel(ref Unsafe.Add(ref b, column), columns, count, ref panel);
            for (int row = 0; row < rows;)
            {
                int height = row < highRows ? HighRows : FourRows;
                ref float left = ref blocks is null ? ref Unsafe.Add(ref a, row * rowStride) : ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(blocks), row * count);
                (int leftRowStride, int leftStride) = blocks is null ? (rowStride, stride) : (1, height);
                ref float result = ref Unsafe.Add(ref c, (row * columns) + column);
                if (height == BlockRows)
                {
                    Add8(ref left, leftRowStride, leftStride, ref panel, PanelWidth, ref result, columns, count);
                }
                else if (height == SixRows)
                {
                    Add6(ref left, leftRowStride, leftStride, ref panel, PanelWidth, ref result, columns, count);
                }
                else
                {
                    for (int half = 0; half < PanelWidth; half += 2 * Vector256<float>.Count)
                    {
                        Add4(ref left, leftRowStride, leftStride, ref Unsafe.Add(ref panel, half), PanelWidth, ref Unsafe.Add(ref result, half), columns, count);
                    }
                }

                row += height;
            }
        }

        if (blocks is not null)
        {
            ArrayPool<float>.Shared.Return(blocks);
        }
    }

    /// <summary>Puts the columns of a block side by side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackPanel(ref float b, nint columns, int count, ref float panel)
    {
        for (int i = 0; i < count; i++)
        {
            for (nint column = 0; column < PanelWidth; column += Vector256<float>.Count)
            {
                Vector256.LoadUnsafe(ref Unsafe.Add(ref b, column)).StoreUnsafe(ref Unsafe.Add(ref panel, column));
            }

            b = ref Unsafe.Add(ref b, columns);
            panel = ref Unsafe.Add(ref panel, PanelWidth);
        }
    }

    /// <summary>Puts the rows of each block of a matrix that is used transposed side by side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackBlocks(ref float a, nint stride, int highRows, int rows, int count, ref float blocks)
    {
        for (int row = 0; row < rows;)
        {
            int height = row < highRows ? HighRows : FourRows;
            ref float from = ref Unsafe.Add(ref a, row);
            for (int i = 0; i < count; i++)
            {
                Vector128.LoadUnsafe(ref from).StoreUnsafe(ref blocks);
                if (height == BlockRows)
                {
                    Vector128.LoadUnsafe(ref from, FourRows).StoreUnsafe(ref blocks, FourRows);
                }
                else if (height == SixRows)
                {
                    Vector64.LoadUnsafe(ref from, FourRows).StoreUnsafe(ref blocks, FourRows);
                }

                from = ref Unsafe.Add(ref from, stride);
                blocks = ref Unsafe.Add(ref blocks, height);
            }

            row += height;
        }
    }

    /// <summary>Adds the products of eight rows and two vectors of columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Add8(ref float a, nint rowStride, nint stride, ref float panel, nint panelStride, ref float c, nint columns, nint count)
    {
        nint next = Vector512<float>.Count;
        Vector512<float> sum00 = Vector512.LoadUnsafe(ref c);
        Vector512<float> sum01 = Vector512.LoadUnsafe(ref Unsafe.Add(ref c, next));
        Vector512<float> sum10 = Vector512.LoadUnsafe(ref Unsafe.Add(ref c, columns));
        Vector512<float> sum11 = Vector512.LoadUnsafe(ref Unsafe.Add(ref c, columns + next));
        Vector512<float> sum20 = Vector512.LoadUnsafe(ref Unsafe.Add(ref c, 2 * columns));
        Vector512<float> sum21 = Vector512.LoadUnsafe(ref Unsafe.Add(ref c, (2 * columns) + next));
        Vector512<float> sum30 = Vector512.LoadUnsafe(ref Unsafe.Add(ref c, 3 * columns));
        Vector512<float> sum31 = Vector512.LoadUnsafe(ref Unsafe.Add(ref c, (3 * columns) + next));
        Vector512<float> sum40 = Vector512.LoadUnsafe(ref Unsafe.Add(ref c, 4 * columns));
        Vector512<float> sum41 = Vector512.LoadUnsafe(ref Unsafe.Add(ref c, (4 * columns) + next));
        Vector512<float> sum50 = Vector512.LoadUnsafe(ref Unsafe.Add(ref c, 5 * columns));
        Vector512<float> sum51 = Vector512.LoadUnsafe(ref Unsafe.Add(ref c, (5 * columns) + next));
        Vector512<float> sum60 = Vector512.LoadUnsafe(ref Unsafe.Add(ref c, 6 * columns));
        Vector512<float> sum61 = Vector512.LoadUnsafe(ref Unsafe.Add(ref c, (6 * columns) + next));
        Vector512<float> sum70 = Vector512.LoadUnsafe(ref Unsafe.Add(ref c, 7 * columns));
        Vector512<float> sum71 = Vector512.LoadUnsafe(ref Unsafe.Add(ref c, (7 * columns) + next));
        ref float a4 = ref Unsafe.Add(ref a, 4 * rowStride);
        for (nint i = 0; i < count; i++)
        {
            Vector512<float> b0 = Vector512.LoadUnsafe(ref panel);
            Vector512<float> b1 = Vector512.LoadUnsafe(ref Unsafe.Add(ref panel, next));
            var x = Vector512.Create(a);
            sum00 = Vector512.FusedMultiplyAdd(x, b0, sum00);
            sum01 = Vector512.FusedMultiplyAdd(x, b1, sum01);
            x = Vector512.Create(Unsafe.Add(ref a, rowStride));
            sum10 = Vector512.FusedMultiplyAdd(x, b0, sum10);
            sum11 = Vector512.FusedMultiplyAdd(x, b1, sum11);
            x = Vector512.Create(Unsafe.Add(ref a, 2 * rowStride));
            sum20 = Vector512.FusedMultiplyAdd(x, b0, sum20);
            sum21 = Vector512.FusedMultiplyAdd(x, b1, sum21);
            x = Vector512.Create(Unsafe.Add(ref a, 3 * rowStride));
            sum30 = Vector512.FusedMultiplyAdd(x, b0, sum30);
            sum31 = Vector512.FusedMultiplyAdd(x, b1, sum31);
            x = Vector512.Create(a4);
            sum40 = Vector512.FusedMultiplyAdd(x, b0, sum40);
            sum41 = Vector512.FusedMultiplyAdd(x, b1, sum41);
            x = Vector512.Create(Unsafe.Add(ref a4, rowStride));
            sum50 = Vector512.FusedMultiplyAdd(x, b0, sum50);
            sum51 = Vector512.FusedMultiplyAdd(x, b1, sum51);
            x = Vector512.Create(Unsafe.Add(ref a4, 2 * rowStride));
            sum60 = Vector512.FusedMultiplyAdd(x, b0, sum60);
            sum61 = Vector512.FusedMultiplyAdd(x, b1, sum61);
            x = Vector512.Create(Unsafe.Add(ref a4, 3 * rowStride));
            sum70 = Vector512.FusedMultiplyAdd(x, b0, sum70);
            sum71 = Vector512.FusedMultiplyAdd(x, b1, sum71);
            a = ref Unsafe.Add(ref a, stride);
            a4 = ref Unsafe.Add(ref a4, stride);
            panel = ref Unsafe.Add(ref panel, panelStride);
        }

        sum00.StoreUnsafe(ref c);
        sum01.StoreUnsafe(ref Unsafe.Add(ref c, next));
        sum10.StoreUnsafe(ref Unsafe.Add(ref c, columns));
        sum11.StoreUnsafe(ref Unsafe.Add(ref c, columns + next));
        sum20.StoreUnsafe(ref Unsafe.Add(ref c, 2 * columns));
        sum21.StoreUnsafe(ref Unsafe.Add(ref c, (2 * columns) + next));
        sum30.StoreUnsafe(ref Unsafe.Add(ref c, 3 * columns));
        sum31.StoreUnsafe(ref Unsafe.Add(ref c, (3 * columns) + next));
        sum40.StoreUnsafe(ref Unsafe.Add(ref c, 4 * columns));
        sum41.StoreUnsafe(ref Unsafe.Add(ref c, (4 * columns) + next));
        sum50.StoreUnsafe(ref Unsafe.Add(ref c, 5 * columns));
        sum51.StoreUnsafe(ref Unsafe.Add(ref c, (5 * columns) + next));
        sum60.StoreUnsafe(ref Unsafe.Add(ref c, 6 * columns));
        sum61.StoreUnsafe(ref Unsafe.Add(ref c, (6 * columns) + next));
        sum70.StoreUnsafe(ref Unsafe.Add(ref c, 7 * columns));
        sum71.StoreUnsafe(ref Unsafe.Add(ref c, (7 * columns) + next));
    }

    /// <summary>Adds the products of six rows and two smaller vectors of columns: twelve sums, which with what they need fill sixteen registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Add6(ref float a, nint rowStride, nint stride, ref float panel, nint panelStride, ref float c, nint columns, nint count)
    {
        nint next = Vector256<float>.Count;
        Vector256<float> sum00 = Vector256.LoadUnsafe(ref c);
        Vector256<float> sum01 = Vector256.LoadUnsafe(ref Unsafe.Add(ref c, next));
        Vector256<float> sum10 = Vector256.LoadUnsafe(ref Unsafe.Add(ref c, columns));
        Vector256<float> sum11 = Vector256.LoadUnsafe(ref Unsafe.Add(ref c, columns + next));
        Vector256<float> sum20 = Vector256.LoadUnsafe(ref Unsafe.Add(ref c, 2 * columns));
        Vector256<float> sum21 = Vector256.LoadUnsafe(ref Unsafe.Add(ref c, (2 * columns) + next));
        Vector256<float> sum30 = Vector256.LoadUnsafe(ref Unsafe.Add(ref c, 3 * columns));
        Vector256<float> sum31 = Vector256.LoadUnsafe(ref Unsafe.Add(ref c, (3 * columns) + next));
        Vector256<float> sum40 = Vector256.LoadUnsafe(ref Unsafe.Add(ref c, 4 * columns));
        Vector256<float> sum41 = Vector256.LoadUnsafe(ref Unsafe.Add(ref c, (4 * columns) + next));
        Vector256<float> sum50 = Vector256.LoadUnsafe(ref Unsafe.Add(ref c, 5 * columns));
        Vector256<float> sum51 = Vector256.LoadUnsafe(ref Unsafe.Add(ref c, (5 * columns) + next));
        ref float a3 = ref Unsafe.Add(ref a, 3 * rowStride);
        for (nint i = 0; i < count; i++)
        {
            Vector256<float> b0 = Vector256.LoadUnsafe(ref panel);
            Vector256<float> b1 = Vector256.LoadUnsafe(ref Unsafe.Add(ref panel, next));
            var x = Vector256.Create(a);
            sum00 = Vector256.FusedMultiplyAdd(x, b0, sum00);
            sum01 = Vector256.FusedMultiplyAdd(x, b1, sum01);
            x = Vector256.Create(Unsafe.Add(ref a, rowStride));
            sum10 = Vector256.FusedMultiplyAdd(x, b0, sum10);
            sum11 = Vector256.FusedMultiplyAdd(x, b1, sum11);
            x = Vector256.Create(Unsafe.Add(ref a, 2 * rowStride));
            sum20 = Vector256.FusedMultiplyAdd(x, b0, sum20);
            sum21 = Vector256.FusedMultiplyAdd(x, b1, sum21);
            x = Vector256.Create(a3);
            sum30 = Vector256.FusedMultiplyAdd(x, b0, sum30);
            sum31 = Vector256.FusedMultiplyAdd(x, b1, sum31);
            x = Vector256.Create(Unsafe.Add(ref a3, rowStride));
            sum40 = Vector256.FusedMultiplyAdd(x, b0, sum40);
            sum41 = Vector256.FusedMultiplyAdd(x, b1, sum41);
            x = Vector256.Create(Unsafe.Add(ref a3, 2 * rowStride));
            sum50 = Vector256.FusedMultiplyAdd(x, b0, sum50);
            sum51 = Vector256.FusedMultiplyAdd(x, b1, sum51);
            a = ref Unsafe.Add(ref a, stride);
            a3 = ref Unsafe.Add(ref a3, stride);
            panel = ref Unsafe.Add(ref panel, panelStride);
        }

        sum00.StoreUnsafe(ref c);
        sum01.StoreUnsafe(ref Unsafe.Add(ref c, next));
        sum10.StoreUnsafe(ref Unsafe.Add(ref c, columns));
        sum11.StoreUnsafe(ref Unsafe.Add(ref c, columns + next));
        sum20.StoreUnsafe(ref Unsafe.Add(ref c, 2 * columns));
        sum21.StoreUnsafe(ref Unsafe.Add(ref c, (2 * columns) + next));
        sum30.StoreUnsafe(ref Unsafe.Add(ref c, 3 * columns));
        sum31.StoreUnsafe(ref Unsafe.Add(ref c, (3 * columns) + next));
        sum40.StoreUnsafe(ref Unsafe.Add(ref c, 4 * columns));
        sum41.StoreUnsafe(ref Unsafe.Add(ref c, (4 * columns) + next));
        sum50.StoreUnsafe(ref Unsafe.Add(ref c, 5 * columns));
        sum51.StoreUnsafe(ref Unsafe.Add(ref c, (5 * columns) + next));
    }

    /// <summary>Adds the products of four rows and two smaller vectors of columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Add4(ref float a, nint rowStride, nint stride, ref float panel, nint panelStride, ref float c, nint columns, nint count)
    {
        nint next = Vector256<float>.Count;
        Vector256<float> sum00 = Vector256.LoadUnsafe(ref c);
        Vector256<float> sum01 = Vector256.LoadUnsafe(ref Unsafe.Add(ref c, next));
        Vector256<float> sum10 = Vector256.LoadUnsafe(ref Unsafe.Add(ref c, columns));
        Vector256<float> sum11 = Vector256.LoadUnsafe(ref Unsafe.Add(ref c, columns + next));
        Vector256<float> sum20 = Vector256.LoadUnsafe(ref Unsafe.Add(ref c, 2 * columns));
        Vector256<float> sum21 = Vector256.LoadUnsafe(ref Unsafe.Add(ref c, (2 * columns) + next));
        Vector256<float> sum30 = Vector256.LoadUnsafe(ref Unsafe.Add(ref c, 3 * columns));
        Vector256<float> sum31 = Vector256.LoadUnsafe(ref Unsafe.Add(ref c, (3 * columns) + next));
        for (nint i = 0; i < count; i++)
        {
            Vector256<float> b0 = Vector256.LoadUnsafe(ref panel);
            Vector256<float> b1 = Vector256.LoadUnsafe(ref Unsafe.Add(ref panel, next));
            var x = Vector256.Create(a);
            sum00 = Vector256.FusedMultiplyAdd(x, b0, sum00);
            sum01 = Vector256.FusedMultiplyAdd(x, b1, sum01);
            x = Vector256.Create(Unsafe.Add(ref a, rowStride));
            sum10 = Vector256.FusedMultiplyAdd(x, b0, sum10);
            sum11 = Vector256.FusedMultiplyAdd(x, b1, sum11);
            x = Vector256.Create(Unsafe.Add(ref a, 2 * rowStride));
            sum20 = Vector256.FusedMultiplyAdd(x, b0, sum20);
            sum21 = Vector256.FusedMultiplyAdd(x, b1, sum21);
            x = Vector256.Create(Unsafe.Add(ref a, 3 * rowStride));
            sum30 = Vector256.FusedMultiplyAdd(x, b0, sum30);
            sum31 = Vector256.FusedMultiplyAdd(x, b1, sum31);
            a = ref Unsafe.Add(ref a, stride);
            panel = ref Unsafe.Add(ref panel, panelStride);
        }

        sum00.StoreUnsafe(ref c);
        sum01.StoreUnsafe(ref Unsafe.Add(ref c, next));
        sum10.StoreUnsafe(ref Unsafe.Add(ref c, columns));
        sum11.StoreUnsafe(ref Unsafe.Add(ref c, columns + next));
        sum20.StoreUnsafe(ref Unsafe.Add(ref c, 2 * columns));
        sum21.StoreUnsafe(ref Unsafe.Add(ref c, (2 * columns) + next));
        sum30.StoreUnsafe(ref Unsafe.Add(ref c, 3 * columns));
        sum31.StoreUnsafe(ref Unsafe.Add(ref c, (3 * columns) + next));
    }
}
