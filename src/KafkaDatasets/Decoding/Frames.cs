using System.Buffers.Binary;
using System.Globalization;
using KafkaDatasets.Fetching;
using KafkaDatasets.Rows;
using KafkaDatasets.Schemas;

namespace KafkaDatasets.Decoding;

/// <summary>Reads frames, and recognises frames found where a different one, or none, was expected.</summary>
internal static class Frames
{
    /// <summary>Reads the frame of a part.</summary>
    /// <exception cref="MalformedValueException">The part has no such frame.</exception>
    public static RecordFrame Read(RecordFraming framing, DataPart part, RecordChunk chunk, ref readonly RecordEntry entry, ReadOnlySpan<byte> bytes)
    {
        try
        {
            return framing.Read(new FramedBytes(part, chunk, in entry, bytes));
        }
        catch (Exception e) when (e is not MalformedValueException)
        {
            // Framings can be the caller's code, and invalid bytes may make them throw any exception.
            throw new MalformedValueException(e is FormatException ? e.Message : $"{framing.GetType().Name} failed: {e.GetType().Name}: {e.Message.TrimEnd('.')}");
        }
    }

    /// <summary>Suggests a fix when the bytes look framed differently from how they were read; otherwise returns null.</summary>
    /// <param name="part">The part.</param>
    /// <param name="bytes">The whole part.</param>
    /// <param name="framing">The framing that they were read with, or null when they were read without one.</param>
    public static string? Hint(DataPart part, ReadOnlySpan<byte> bytes, RecordFraming? framing)
    {
        const string method = $"{nameof(RecordFormat)}.{nameof(RecordFormat.FramedBy)}({nameof(RecordFraming)}";
        if (bytes is [GlueFraming.Version, GlueFraming.NotCompressed or GlueFraming.Zlib, ..] && bytes.Length >= GlueFraming.HeaderLength && framing is not GlueFraming)
        {
            return $"The {part} begins like the header of AWS Glue's serializers (schema version {new Guid(bytes[2..GlueFraming.HeaderLength], bigEndian: true)}): read it with {nameof(RecordFormat)}.{nameof(RecordFormat.Resolver)}({nameof(RecordFraming)}.{nameof(RecordFraming.Glue)}, …), or with one schema for all records by {method}.{nameof(RecordFraming.Glue)}).";
        }

        if (bytes is not [0, 0, ..] || bytes.Length < ConfluentFraming.PrefixLength || framing is ApicurioFraming)
        {
            return null;
        }

        int id = BinaryPrimitives.ReadInt32BigEndian(bytes[1..]);
        if (id == 0)
        {
            return bytes.Length > sizeof(long) && BinaryPrimitives.ReadInt64BigEndian(bytes[1..]) is > 0 and var longId
                ? string.Create(CultureInfo.InvariantCulture, $"The {part} begins like one with an 8-byte id of Apicurio's serializers (id {longId}): read it by {method}.{nameof(RecordFraming.Apicurio)}).")
                : null;
        }

        return framing is not null ? null : string.Create(
            CultureInfo.InvariantCulture,
            $"The {part} begins like one framed by Confluent's serializers (magic byte 0x00, then schema id {id}): read it with {nameof(RecordFormat)}.{nameof(RecordFormat.Registry)}, or without a registry by {method}.{nameof(RecordFraming.Confluent)}).");
    }
}
