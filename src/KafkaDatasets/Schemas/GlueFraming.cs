using System.Globalization;
using System.IO.Compression;

namespace KafkaDatasets.Schemas;

/// <summary>The 18-byte header of AWS Glue's serializers.</summary>
internal sealed class GlueFraming : RecordFraming
{
    public const byte Version = 3;
    public const byte NotCompressed = 0;
    public const byte Zlib = 5;
    public const int HeaderLength = 2 + GuidLength;

    private const int GuidLength = 16;

    /// <summary>The maximum decompressed size of a payload: a few bytes can expand to gigabytes.</summary>
    private const int MaxLength = 64 << 20;

    private const int KeptLength = 1 << 20;

    [ThreadStatic]
    private static byte[]? _buffer;

    internal override ProtobufMarking Marking => ProtobufMarking.SortedIndex;

    public override RecordFrame Read(FramedBytes record)
    {
        ReadOnlySpan<byte> bytes = record.Bytes;
        string part = record.IsKey ? "key" : "value";
        if (bytes.Length < HeaderLength)
        {
            throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"the {part} has {bytes.Length} bytes, too few for AWS Glue's header of {HeaderLength}"));
        }

        if (bytes[0] != Version)
        {
            throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"the {part} begins with the byte 0x{bytes[0]:x2}, not with the byte 0x03 of AWS Glue's header"));
        }

        ReadOnlySpan<byte> payload = bytes[HeaderLength..];
        return new(
            WriterSchemaId.FromGuid(new Guid(bytes[2..HeaderLength], bigEndian: true)),
            bytes[1] switch
            {
                NotCompressed => payload,
                Zlib => Decompress(payload),
                var other => throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"the compression byte of AWS Glue's header is 0x{other:x2}, neither 0x00 nor 0x05")),
            });
    }

    /// <summary>Returns the decompressed bytes, in a per-thread buffer that its next frame reuses.</summary>
    private static unsafe ReadOnlySpan<byte> Decompress(ReadOnlySpan<byte> payload)
    {
        byte[] buffer = _buffer ??= new byte[4096];
        int length = 0;
        fixed (byte* start = payload)
        {
            using var compressed = new UnmanagedMemoryStream(start, payload.Length);
            using var zlib = new ZLibStream(compressed, CompressionMode.Decompress);
            try
            {
                int read;
                while ((read = zlib.Read(buffer, length, buffer.Length - length)) > 0)
                {
                    length += read;
                    if (length == buffer.Length)
                    {
                        Array.Resize(ref buffer, length < MaxLength ? length * 2 : throw new FormatException($"the payload has more than {MaxLength} bytes when it is decompressed"));
                    }
                }
            }
            catch (InvalidDataException e)
            {
                throw new FormatException($"the payload cannot be decompressed by zlib: {e.Message.TrimEnd('.')}", e);
            }
        }

        if (buffer.Length <= KeptLength)
        {
            _buffer = buffer;
        }

        return buffer.AsSpan(0, length);
    }
}
