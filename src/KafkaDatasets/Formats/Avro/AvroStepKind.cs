namespace KafkaDatasets.Formats.Avro;

/// <summary>What one step of an Avro decode plan does.</summary>
internal enum AvroStepKind
{
    /// <summary>Reads <see cref="AvroStep.Length"/> bytes of fixed-width fields and copies the wanted ones.</summary>
    Fixed,

    /// <summary>An int.</summary>
    Int,

    /// <summary>A long.</summary>
    Long,

    /// <summary>A string, or bytes that hold text.</summary>
    Text,

    /// <summary>An enum; <see cref="AvroStep.Symbols"/> maps its index.</summary>
    Enum,

    /// <summary>A date or time in <see cref="AvroStep.Unit"/>.</summary>
    Time,

    /// <summary>A decimal with <see cref="AvroStep.Scale"/>.</summary>
    Decimal,

    /// <summary>A UUID of 16 bytes.</summary>
    Uuid,

    /// <summary>Bytes, or a fixed, read as a vector.</summary>
    Bytes,

    /// <summary>A duration: three numbers.</summary>
    Duration,

    /// <summary>A union, followed by the branch's steps.</summary>
    Union,

    /// <summary>An array that becomes one or more vectors.</summary>
    List,

    /// <summary>A map some of whose keys are columns.</summary>
    Map,

    /// <summary>An array or map that is skipped.</summary>
    SkipBlocks,

    /// <summary>A record whose steps are in <see cref="AvroStep.Call"/>: a recursive one that is skipped.</summary>
    Call,

    /// <summary>Reads no bytes; the targets get their missing value.</summary>
    Missing,

    /// <summary>Reads no bytes; the targets get a missing list.</summary>
    MissingList,

    /// <summary>Reads no bytes of the value; the default of the reader's schema is encoded in <see cref="AvroStep.Encoded"/>.</summary>
    Default,

    /// <summary>A value that the reader's schema cannot represent: an error.</summary>
    Fail,
}
