namespace KafkaDatasets.LightGbm.Collectives;

/// <summary>The first byte of a frame. All but a heartbeat go on with the length of what follows, as 32 bits, little-endian.</summary>
internal enum FrameKind : byte
{
    /// <summary>The data of one exchange.</summary>
    Data = 1,

    /// <summary>A sign of life; a single byte.</summary>
    Heartbeat = 2,

    /// <summary>The sender ends; what follows is the reason, as UTF-8.</summary>
    End = 3,
}
