using Avro;

namespace KafkaDatasets.Writing;

/// <summary>Writes ML.NET's keys: by the text of their value, or, without key values, as numbers from 0. Key 0 is a missing value.</summary>
internal static class KeyEncoder
{
    /// <exception cref="SchemaException">Keys cannot be written as that Avro type.</exception>
    public static Action<AvroBuffer, TKey> Compile<TKey>(string[]? texts, Field field)
    {
        Func<TKey, ulong> number = Number<TKey>();
        if (texts is null)
        {
            if (ValueEncoder.Unwrap(field.Schema, field.Name).Branch.Tag == Schema.Type.Int)
            {
                Action<AvroBuffer, int?> writeInt = ValueEncoder.Compile<int?>(field.Schema, field.Name);
                return (buffer, key) => writeInt(buffer, number(key) is > 0 and var some ? checked((int)(some - 1)) : null);
            }

            Action<AvroBuffer, ulong?> writeLong = ValueEncoder.Compile<ulong?>(field.Schema, field.Name);
            return (buffer, key) => writeLong(buffer, number(key) is > 0 and var some ? some - 1 : null);
        }

        Action<AvroBuffer, string?> writeText = ValueEncoder.Compile<string?>(field.Schema, field.Name);
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
                throw ValueEncoder.NoValue(field.Name);
            }
        };
    }

    private static byte[]? Encode(Action<AvroBuffer, string?> write, string? text)
    {
        var buffer = new AvroBuffer();
        try
        {
            write(buffer, text);
            return buffer.Written.ToArray();
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
        _ => (Func<TKey, ulong>)(object)(Func<ulong, ulong>)(static key => key),
    };
}
