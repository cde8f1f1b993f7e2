using System.Runtime.Serialization;

namespace KafkaDatasets.Tests.Formats.Written;

public enum Shade
{
    Light,

    [EnumMember(Value = "VERY_DARK")]
    Dark = 7,
}
