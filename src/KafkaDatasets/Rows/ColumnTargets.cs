using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using KafkaDatasets.Schemas;

namespace KafkaDatasets.Rows;

/// <summary>Writes a field's value to each column that wants it, at the block's next row; every format's decoder writes through these methods.</summary>
/// <remarks>
/// A scalar is stored once per row. A list (a vector column) is started, its items are stored in order by the same methods, and it is ended,
/// or it is stored as missing; each item of a list of records stores something in every column of the list. A nested list is not started or ended: its
/// items follow those of the previous list, and its length is stored among its <see cref="Lengths"/>.
/// </remarks>
internal static class ColumnTargets
{
    /// <summary>What a binary label by text holds for a text that is neither of its two values.</summary>
    public const long NoClass = 2;

    /// <summary>Returns the targets of a field's values.</summary>
    public static ColumnTarget[] Values(this ILookup<string, ColumnTarget> targets, string path) => [.. targets[path].Where(t => !t.Field.IsLengths)];

    /// <summary>Returns the targets for the length of a list nested at this depth; an outermost list needs none.</summary>
    public static ColumnTarget[] Lengths(this ILookup<string, ColumnTarget> targets, string path, int depth) =>
        depth == 0 ? [] : [.. targets[ColumnList.LengthsPath(path, depth)].Where(t => t.Field.IsLengths)];

    /// <summary>Stores a missing value; the length of a missing list is 0.</summary>
    public static void StoreMissing(this ColumnTarget[] targets, RowBlock block)
    {
        foreach (ref readonly ColumnTarget target in targets.AsSpan())
        {
            ColumnBuffer column = target.Next(block, out int slot);
            if (target.IsLengths)
            {
                column.SetNumber(block.Rows, slot, 0L);
            }
            else
            {
                column.SetMissing(block.Rows, slot);
            }
        }
    }

    /// <summary>Stores a floating-point or decimal number.</summary>
    public static void StoreNumber(this ColumnTarget[] targets, double value, RowBlock block)
    {
        foreach (ref readonly ColumnTarget target in targets.AsSpan())
        {
            StoreNumber(target, value, block);
        }
    }

    /// <summary>Stores a number exactly in integer tensors, and as the nearest floating-point number in other columns.</summary>
    public static void StoreNumber(this ColumnTarget[] targets, double value, decimal exact, RowBlock block)
    {
        foreach (ref readonly ColumnTarget target in targets.AsSpan())
        {
            if (target.Definition is { Tensor: not null, Type: ColumnType.Int32 or ColumnType.Int64 })
            {
                target.Next(block, out int slot).SetNumber(block.Rows, slot, exact);
            }
            else
            {
                StoreNumber(target, value, block);
            }
        }
    }

    /// <summary>Stores an integer, or a Boolean as 0 or 1.</summary>
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
                target.Next(block, out int slot).SetNumber(block.Rows, slot, value);
            }
        }
    }

    /// <summary>Stores an integer that may need more than 63 bits.</summary>
    public static void StoreInteger(this ColumnTarget[] targets, ulong value, RowBlock block)
    {
        foreach (ref readonly ColumnTarget target in targets.AsSpan())
        {
            if (target.Categories is not null)
            {
                StoreCategory(target, value, block);
            }
            else
            {
                target.Next(block, out int slot).SetNumber(block.Rows, slot, value);
            }
        }
    }

    /// <summary>Stores a date and time as ticks since 0001-01-01 (in UTC for <see cref="ColumnType.DateTimeOffset"/>), or a time span as ticks.</summary>
    public static void StoreTicks(this ColumnTarget[] targets, long ticks, RowBlock block)
    {
        foreach (ref readonly ColumnTarget target in targets.AsSpan())
        {
            target.Next(block, out int slot).SetTicks(block.Rows, slot, ticks);
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
                target.Next(block, out int slot).SetText(block.Rows, slot, utf8);
            }
        }
    }

    /// <summary>Stores an enum symbol.</summary>
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
                ColumnBuffer column = target.Next(block, out int slot);
                if (target.Definition.Type == ColumnType.Text)
                {
                    column.SetText(block.Rows, slot, symbol);
                }
                else
                {
                    column.SetNumber(block.Rows, slot, target.Definition.Type == ColumnType.Key ? index + 1L : index);
                }
            }
        }
    }

    /// <summary>Starts the list of the row.</summary>
    public static void BeginList(this ColumnTarget[] targets, RowBlock block)
    {
        foreach (ref readonly ColumnTarget target in targets.AsSpan())
        {
            block.Columns[target.Column].BeginList(block.Rows, target.Slot, target.Size);
        }
    }

    /// <summary>Stores items whose bytes in the value match the in-memory layout of that type, little-endian.</summary>
    public static void StoreItems(this ColumnTarget[] targets, ReadOnlySpan<byte> items, ColumnType type, RowBlock block)
    {
        int size = type switch
        {
            ColumnType.UInt8 => sizeof(byte),
            ColumnType.Single => sizeof(float),
            ColumnType.Double => sizeof(double),
            _ => throw new UnreachableException($"items of type {type}"),
        };
        foreach (ref readonly ColumnTarget target in targets.AsSpan())
        {
            ColumnBuffer column = block.Columns[target.Column];
            if (column.Type == type)
            {
                items.CopyTo(column.NextItems(items.Length / size));
                continue;
            }

            for (int at = 0; at < items.Length; at += size)
            {
                int slot = column.NextItem();
                switch (type)
                {
                    case ColumnType.UInt8:
                        column.SetNumber(block.Rows, slot, (long)items[at]);
                        break;
                    case ColumnType.Single:
                        column.SetNumber(block.Rows, slot, BinaryPrimitives.ReadSingleLittleEndian(items[at..]));
                        break;
                    default:
                        column.SetNumber(block.Rows, slot, BinaryPrimitives.ReadDoubleLittleEndian(items[at..]));
                        break;
                }
            }
        }
    }

    /// <summary>Ends the list of the row.</summary>
    /// <exception cref="MalformedValueException">The column has a fixed size, and the list is shorter.</exception>
    public static void EndList(this ColumnTarget[] targets, RowBlock block)
    {
        foreach (ref readonly ColumnTarget target in targets.AsSpan())
        {
            block.Columns[target.Column].EndList(block.Rows);
        }
    }

    /// <summary>Stores a missing list: an empty one, or missing values when the size is fixed.</summary>
    public static void StoreMissingList(this ColumnTarget[] targets, RowBlock block)
    {
        targets.BeginList(block);
        foreach (ref readonly ColumnTarget target in targets.AsSpan())
        {
            ColumnBuffer column = block.Columns[target.Column];
            for (int i = 0; i < target.Field.Size; i++)
            {
                column.SetMissing(block.Rows, column.NextItem());
            }
        }

        targets.EndList(block);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreNumber(in ColumnTarget target, double value, RowBlock block)
    {
        if (target.Definition.Label == LabelKind.Binary && !target.Definition.IsBinaryLabel(value))
        {
            throw new MalformedValueException($"the binary label is {value}, neither 0 nor 1"); // checked before it is rounded
        }

        target.Next(block, out int slot).SetNumber(block.Rows, slot, value);
    }

    private static void StoreCategory<T>(in ColumnTarget target, T value, RowBlock block)
        where T : IUtf8SpanFormattable
    {
        Span<byte> digits = stackalloc byte[20];
        value.TryFormat(digits, out int length, default, CultureInfo.InvariantCulture);
        StoreCategory(target, digits[..length], block);
    }

    /// <summary>Stores a category's zero-based index; a value that is not a category is missing, or belongs to the first category if that one is empty. Of a binary label it is <see cref="NoClass"/>, since a missing one may be allowed.</summary>
    private static void StoreCategory(in ColumnTarget target, ReadOnlySpan<byte> utf8, RowBlock block)
    {
        ColumnBuffer column = block.Columns[target.Column];
        byte[][] categories = target.Categories!;
        for (int i = 0; i < categories.Length; i++)
        {
            if (utf8.SequenceEqual(categories[i]) && (!utf8.IsEmpty || target.Definition.Label != LabelKind.Binary))
            {
                column.SetNumber(block.Rows, target.Slot, (long)i);
                return;
            }
        }

        if (categories[0].Length == 0 && target.Definition.Label == LabelKind.Binary && !utf8.IsEmpty)
        {
            column.SetNumber(block.Rows, target.Slot, 0L);
            return;
        }

        if (target.Definition.Label == LabelKind.Binary && !utf8.IsEmpty)
        {
            column.SetNumber(block.Rows, target.Slot, NoClass);
            return;
        }

        column.SetMissing(block.Rows, target.Slot);
    }
}
