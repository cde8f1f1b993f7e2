using System.Runtime.Serialization;

namespace KafkaDatasets.Tests.Writing.Formats;

public enum Shade
{
    Light,

    [EnumMember(Value = "VERY_DARK")]
    Dark = 7,
}
