using KafkaDatasets.Shapes;
using Microsoft.ML.Data;

namespace KafkaDatasets.Formats.Encoders;

/// <summary>Encodes vectors of bytes as bytes, in formats that have bytes.</summary>
internal static class ByteVectors
{
    /// <exception cref="SchemaException">Bytes cannot be written as that field.</exception>
    public static Action<ValueBuffer, VBuffer<byte>> Compile(ValueFormat format, RowField field, string path)
    {
        Action<ValueBuffer, ReadOnlyMemory<byte>> write = format.Field<ReadOnlyMemory<byte>>(field, path);
        byte[] bytes = [];
        return (buffer, vector) =>
        {
            if (bytes.Length < vector.Length)
            {
                bytes = new byte[vector.Length];
            }

            vector.CopyTo(bytes);
            write(buffer, bytes.AsMemory(0, vector.Length));
        };
    }
}
