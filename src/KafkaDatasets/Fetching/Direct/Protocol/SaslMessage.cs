namespace KafkaDatasets.Fetching.Direct.Protocol;

/// <summary>SaslHandshake version 1 and SaslAuthenticate versions 0 to 2 (flexible from 2).</summary>
internal static class SaslMessage
{
    public static bool IsFlexible(short version) => version >= 2;

    public static void WriteHandshake(ProtocolWriter writer, int correlationId, string clientId, string mechanism)
    {
        writer.Begin(ApiKey.SaslHandshake, 1, flexible: false, correlationId, clientId);
        writer.WriteString(mechanism);
        writer.End();
    }

    /// <exception cref="ProtocolException">The response is malformed.</exception>
    public static ErrorCode ReadHandshake(ProtocolReader reader, out IReadOnlyList<string> mechanisms)
    {
        ErrorCode error = reader.ReadErrorCode();
        var names = new List<string>();
        for (int count = reader.ReadLength(flexible: false); count > 0 && !reader.IsTruncated; count--)
        {
            names.Add(reader.ReadString(flexible: false) ?? "");
        }

        reader.ThrowIfTruncated("The response to SaslHandshake");
        mechanisms = names;
        return error;
    }

    public static void WriteAuthenticate(ProtocolWriter writer, short version, int correlationId, string clientId, ReadOnlySpan<byte> bytes)
    {
        writer.Begin(ApiKey.SaslAuthenticate, version, IsFlexible(version), correlationId, clientId);
        writer.WriteBytes(bytes);
        writer.WriteTags();
        writer.End();
    }

    /// <exception cref="ProtocolException">The response is malformed.</exception>
    public static ErrorCode ReadAuthenticate(ProtocolReader reader, short version, out string? message, out byte[] bytes, out TimeSpan lifetime)
    {
        bool flexible = IsFlexible(version);
        ErrorCode error = reader.ReadErrorCode();
        message = reader.ReadString(flexible);
        bytes = reader.ReadBytes(flexible).ToArray();
        lifetime = TimeSpan.FromMilliseconds(version >= 1 ? Math.Clamp(reader.ReadInt64(), 0, int.MaxValue) : 0);
        reader.ThrowIfTruncated("The response to SaslAuthenticate");
        return error;
    }
}
