using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace KafkaDatasets.Decoding;

/// <summary>Puts a field's value into each of the columns that want it, at the block's next row.</summary>
internal static class ColumnTargets
{
    /// <summary>The targets of each field of a layout.</summary>
    public static ILookup<string, ColumnTarget> Of(IReadOnlyList<BlockColumn> layout) => layout
        .SelectMany((column, c) =>
        {
            byte[][]? categories = column.Categories is { } texts ? [.. texts.Select(Encoding.UTF8.GetBytes)] : null;
            return column.Fields.Select((field, slot) => (field, target: new ColumnTarget(c, slot, column, categories)));
        })
        .ToLookup(t => t.field, t => t.target);

    public static void StoreMissing(this ColumnTarget[] targets, RowBlock block)
    {
        foreach (ref readonly ColumnTarget target in targets.AsSpan())
        {
            block.Columns[target.Column].SetMissing(block.Rows, target.Slot);
        }
    }

    public static void StoreNumber(this ColumnTarget[] targets, double value, RowBlock block)
    {
        foreach (ref readonly ColumnTarget target in targets.AsSpan())
        {
            block.Columns[target.Column].SetNumber(block.Rows, target.Slot, value);
        }
    }

    public static void StoreInteger(this ColumnTarget[] targets, long value, RowBlock block)
    {
        foreach (ref readonly ColumnTarget target in targets.AsSpan())
        {
            if (target.Categories is not null)
            {
                StoreCategory(target, value, block);
            }
            else
            {
                block.Columns[target.Column].SetNumber(block.Rows, target.Slot, value);
            }
        }
    }

    public static void StoreText(this ColumnTarget[] targets, ReadOnlySpan<byte> utf8, RowBlock block)
    {
        foreach (ref readonly ColumnTarget target in targets.AsSpan())
        {
            if (target.Categories is not null)
            {
                StoreCategory(target, utf8, block);
            }
            else
            {
                Unsafe.As<TextColumn>(block.Columns[target.Column]).Set(block.Rows, utf8);
            }
        }
    }

    /// <summary>Stores one of an enum's symbols.</summary>
    /// <param name="targets">The columns.</param>
    /// <param name="index">Its zero-based index in the dataset's enum.</param>
    /// <param name="symbol">The symbol in UTF-8.</param>
    /// <param name="block">The block.</param>
    public static void StoreSymbol(this ColumnTarget[] targets, int index, ReadOnlySpan<byte> symbol, RowBlock block)
    {
        foreach (ref readonly ColumnTarget target in targets.AsSpan())
        {
            if (target.Categories is not null)
            {
                StoreCategory(target, symbol, block);
            }
            else
            {
                long value = target.Definition.Type == ElementType.Key ? index + 1L : index;
                block.Columns[target.Column].SetNumber(block.Rows, target.Slot, value);
            }
        }
    }

    private static void StoreCategory(in ColumnTarget target, long value, RowBlock block)
    {
        Span<byte> digits = stackalloc byte[20];
        value.TryFormat(digits, out int length, provider: CultureInfo.InvariantCulture);
        StoreCategory(target, digits[..length], block);
    }

    /// <summary>A category's zero-based index; a value that is none is missing.</summary>
    private static void StoreCategory(in ColumnTarget target, ReadOnlySpan<byte> utf8, RowBlock block)
    {
        ColumnBuffer column = block.Columns[target.Column];
        byte[][] categories = target.Categories!;
        for (int i = 0; i < categories.Length; i++)
        {
            if (utf8.SequenceEqual(categories[i]))
            {
                column.SetNumber(block.Rows, target.Slot, (long)i);
                return;
            }
        }

        column.SetMissing(block.Rows, target.Slot);
    }
}
