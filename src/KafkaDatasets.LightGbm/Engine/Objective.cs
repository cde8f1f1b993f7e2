namespace KafkaDatasets.LightGbm.Engine;

/// <summary>What a model is trained for.</summary>
internal enum Objective
{
    Binary,
    Regression,
    Multiclass,
    Ranking,
}
