using System.Diagnostics;

namespace KafkaDatasets.MLNet;

/// <summary>A label as a model file has it.</summary>
internal sealed record SavedLabel(LabelKind Kind, string Field, IReadOnlyList<string>? Categories)
{
    public LabelColumn Create() => Kind switch
    {
        LabelKind.Binary => LabelColumn.Binary(Field),
        LabelKind.Regression => LabelColumn.Regression(Field),
        LabelKind.Category => LabelColumn.Category(Field, Categories),
        _ => throw new UnreachableException(),
    };
}
