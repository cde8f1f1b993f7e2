using System.Diagnostics;
using System.Reflection;
using KafkaDatasets.Shapes;
using Microsoft.ML.Data;

namespace KafkaDatasets.Formats.Encoders;

/// <summary>Encodes ML.NET keys as the text of the key value, or as numbers from 0 when there are no key values; key 0 means missing.</summary>
internal static class KeyColumns
{
    /// <summary>Builds the encoder of a key column.</summary>
    /// <exception cref="SchemaException">Keys cannot be written as the field.</exception>
    public static Action<ValueBuffer, TKey> Compile<TKey>(ValueFormat format, string[]? texts, RowField field, string path)
    {
        Func<TKey, ulong> number = Number<TKey>();
        if (texts is null)
        {
            return Numbers(format, number, field, path);
        }

        Action<ValueBuffer, string?> writeText = format.Field<string?>(field, path);
        byte[]?[] encoded = [.. texts.Prepend(null).Select(text => Encode(writeText, text))];
        return (buffer, key) =>
        {
            ulong value = number(key);
            if (value < (ulong)encoded.Length && encoded[value] is { } bytes)
            {
                buffer.WriteRaw(bytes);
            }
            else
            {
                writeText(buffer, null);
            }
        };
    }

    /// <summary>Builds the encoder of a vector of keys.</summary>
    public static Action<ValueBuffer, TVector> CompileVector<TVector>(ValueFormat format, string[]? texts, RowField field, string path)
        => (Action<ValueBuffer, TVector>)typeof(KeyColumns)
            .GetMethod(texts is null ? nameof(NumberVector) : nameof(TextVector), BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(typeof(TVector).GetGenericArguments())
            .Invoke(null, BindingFlags.DoNotWrapExceptions, null, texts is null ? [format, field, path] : [format, field, path, texts], null)!;

    private static Action<ValueBuffer, VBuffer<TKey>> TextVector<TKey>(ValueFormat format, RowField field, string path, string[] texts)
        => Vector<TKey, string?>(format, field, path, key => key > 0 && key <= (ulong)texts.Length ? texts[key - 1] : null);

    private static Action<ValueBuffer, VBuffer<TKey>> NumberVector<TKey>(ValueFormat format, RowField field, string path)
        => field.Type is ListType { Item: ScalarType { Kind: ScalarKind.Int32 } }
            ? Vector<TKey, int?>(format, field, path, key => key > 0 ? checked((int)(key - 1)) : null)
            : Vector<TKey, ulong?>(format, field, path, key => key > 0 ? key - 1 : null);

    private static Action<ValueBuffer, VBuffer<TKey>> Vector<TKey, TItem>(ValueFormat format, RowField field, string path, Func<ulong, TItem> of)
    {
        Func<TKey, ulong> number = Number<TKey>();
        Action<ValueBuffer, List<TItem>> write = format.Field<List<TItem>>(field, path);
        var items = new List<TItem>();
        return (buffer, vector) =>
        {
            items.Clear();
            for (int i = 0; i < vector.Length; i++)
            {
                items.Add(of(number(vector.GetItemOrDefault(i))));
            }

            write(buffer, items);
        };
    }

    private static Action<ValueBuffer, TKey> Numbers<TKey>(ValueFormat format, Func<TKey, ulong> number, RowField field, string path)
    {
        if (field.Type is ScalarType { Kind: ScalarKind.Int32 })
        {
            Action<ValueBuffer, int?> writeInt = format.Field<int?>(field, path);
            return (buffer, key) => writeInt(buffer, number(key) is > 0 and var some ? checked((int)(some - 1)) : null);
        }

        Action<ValueBuffer, ulong?> writeLong = format.Field<ulong?>(field, path);
        return (buffer, key) => writeLong(buffer, number(key) is > 0 and var some ? some - 1 : null);
    }

    /// <returns>The bytes, or null when the format writes nothing for a missing key, or cannot write one.</returns>
    private static byte[]? Encode(Action<ValueBuffer, string?> write, string? text)
    {
        var buffer = new ValueBuffer();
        try
        {
            write(buffer, text);
            return buffer.IsNull ? null : buffer.Written.ToArray();
        }
        catch (SchemaException) when (text is null)
        {
            return null;
        }
    }

    private static Func<TKey, ulong> Number<TKey>() => default(TKey) switch
    {
        byte => (Func<TKey, ulong>)(object)(Func<byte, ulong>)(static key => key),
        ushort => (Func<TKey, ulong>)(object)(Func<ushort, ulong>)(static key => key),
        uint => (Func<TKey, ulong>)(object)(Func<uint, ulong>)(static key => key),
        ulong => (Func<TKey, ulong>)(object)(Func<ulong, ulong>)(static key => key),
        _ => throw new UnreachableException(), // ML.NET has keys of these four types
    };
}
