namespace KafkaDatasets.Formats.Json;

/// <summary>The kinds of JSON values.</summary>
[Flags]
internal enum JsonTokens
{
    None = 0,
    Object = 1,
    Array = 2,
    String = 4,
    Number = 8,
    Boolean = 16,
    Null = 32,
    All = Object | Array | String | Number | Boolean | Null,
}
