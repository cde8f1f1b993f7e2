using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using KafkaDatasets.LightGbm.Engine;

namespace KafkaDatasets.LightGbm.Training;

/// <summary>The options as LightGBM's parameters.</summary>
internal sealed class EngineParameters
{
    /// <summary>How many of the first rows of a query the loss of a ranking looks at.</summary>
    public const int RanksInLoss = 10;

    private readonly LightGbmOptions _options;

    /// <summary>Makes the parameters.</summary>
    /// <param name="options">The options.</param>
    /// <param name="label">The kind of label.</param>
    /// <param name="classes">The number of classes of a category label.</param>
    /// <param name="features">The features of the dataset.</param>
    /// <exception cref="InvalidOptionsException">A categorical feature is not a feature.</exception>
    public EngineParameters(LightGbmOptions options, LabelKind label, int classes, IReadOnlyList<string> features)
    {
        _options = options;
        Label = label;
        ScoresPerRow = label == LabelKind.Category ? classes : 1;
        string[] missing = [.. options.CategoricalFeatures.Where(c => !features.Contains(c))];
        if (missing.Length > 0)
        {
            throw new InvalidOptionsException(nameof(LightGbmOptions), [.. missing.Select(c => $"{nameof(LightGbmOptions.CategoricalFeatures)} names '{c}', which is not a feature; the features are {string.Join(", ", features)}")]);
        }

        string categorical = string.Join(",", features.Index().Where(f => options.CategoricalFeatures.Contains(f.Item)).Select(f => f.Index.ToString(CultureInfo.InvariantCulture)));
        string extra = string.Concat(options.Parameters.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => $" {p.Key}={p.Value}"));

        // Columns are summed one by one, each by one thread: the sums do not depend on the number of threads.
        Dataset = string.Create(CultureInfo.InvariantCulture,
            $"max_bin={options.MaxBins} min_data_in_leaf={options.MinRowsPerLeaf} bin_construct_sample_cnt={options.SampleRows} seed={options.Seed} deterministic=true force_col_wise=true verbosity=-1{Threads}{(categorical.Length == 0 ? "" : $" categorical_feature={categorical}")}{extra}");
        Booster = string.Create(CultureInfo.InvariantCulture,
            $"{Dataset} {ObjectiveParameters} num_leaves={options.Leaves} learning_rate={options.LearningRate} num_machines={options.World.Size} tree_learner={Learner} pre_partition=true");
    }

    public LabelKind Label { get; }

    /// <summary>What the model is trained for.</summary>
    public Objective Objective => (Label, _options.Group) switch
    {
        (_, not null) => Objective.Ranking,
        (LabelKind.Binary, _) => Objective.Binary,
        (LabelKind.Regression, _) => Objective.Regression,
        (LabelKind.Category, _) => Objective.Multiclass,
        _ => throw new System.Diagnostics.UnreachableException($"{Label}"),
    };

    /// <summary>The number of trees in an iteration.</summary>
    public int ScoresPerRow { get; }

    /// <summary>What a dataset needs.</summary>
    public string Dataset { get; }

    /// <summary>What computing scores needs.</summary>
    public string Prediction => Threads.TrimStart();

    /// <summary>What a training needs.</summary>
    public string Booster { get; }

    /// <remarks>ML.NET's calibrator of a LightGBM model has the slope 0.5.</remarks>
    private string ObjectiveParameters => Objective switch
    {
        Objective.Binary => "objective=binary metric=binary_logloss sigmoid=0.5",
        Objective.Regression => "objective=regression metric=l2",
        Objective.Multiclass => string.Create(CultureInfo.InvariantCulture, $"objective=multiclass metric=multi_logloss num_class={ScoresPerRow}"),
        Objective.Ranking => string.Create(CultureInfo.InvariantCulture, $"objective=lambdarank metric=ndcg eval_at={RanksInLoss}"),
        _ => throw new System.Diagnostics.UnreachableException($"{Objective}"),
    };

    private string Learner => (_options.World.Size, _options.TreeLearner) switch
    {
        (1, _) => "serial",
        (_, LightGbmTreeLearner.Data) => "data",
        (_, LightGbmTreeLearner.Voting) => "voting",
        _ => throw new System.Diagnostics.UnreachableException($"{_options.TreeLearner}"),
    };

    private string Threads => _options.Threads is { } threads ? string.Create(CultureInfo.InvariantCulture, $" num_threads={threads}") : "";

    /// <summary>A hash of what makes the model, which is the same on all ranks and after a restart. The numbers of ranks, threads and iterations may change.</summary>
    public static string Fingerprint(string topic, KafkaDatasetOptions dataset, LightGbmOptions options)
    {
        string text = string.Join('\n', (string?[])
        [
            topic, dataset.Label!.Kind.ToString(), dataset.Label.Field, dataset.Label.Positive, dataset.Label.Negative, .. dataset.Label.Categories ?? [], dataset.Split?.ToString(), string.Join(',', dataset.Features ?? []), options.Validation?.ToString(), options.Weight, options.Group,
            string.Join(',', options.CategoricalFeatures), options.TreeLearner.ToString(),
            string.Create(CultureInfo.InvariantCulture, $"{options.Leaves} {options.LearningRate:R} {options.MinRowsPerLeaf} {options.MaxBins} {options.SampleRows} {options.Seed} {options.EarlyStoppingRounds}"),
            .. options.Parameters.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => $"{p.Key}={p.Value}"),
        ]);
        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));
    }
}
