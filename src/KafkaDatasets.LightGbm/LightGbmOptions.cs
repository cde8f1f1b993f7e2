using System.Globalization;

namespace KafkaDatasets.LightGbm;

/// <summary>Options of a LightGBM training. Every rank must be given the same options, except <see cref="World"/>. Invalid options are reported when training starts, with every problem found.</summary>
public sealed record LightGbmOptions
{
    /// <summary>LightGBM's parameters that the library sets itself, with what to use instead.</summary>
    private static readonly Dictionary<string, string> Reserved = new(StringComparer.OrdinalIgnoreCase)
    {
        ["objective"] = "the kind of the dataset's Label",
        ["num_class"] = "the categories of the dataset's Label",
        ["metric"] = "the kind of the dataset's Label",
        ["sigmoid"] = "nothing: ML.NET expects 0.5",
        ["boosting"] = "nothing: only gradient-boosted trees can be restarted",
        ["num_iterations"] = nameof(Iterations),
        ["num_leaves"] = nameof(Leaves),
        ["learning_rate"] = nameof(LearningRate),
        ["min_data_in_leaf"] = nameof(MinRowsPerLeaf),
        ["max_bin"] = nameof(MaxBins),
        ["categorical_feature"] = nameof(CategoricalFeatures),
        ["early_stopping_round"] = nameof(EarlyStoppingRounds),
        ["bin_construct_sample_cnt"] = nameof(SampleRows),
        ["tree_learner"] = nameof(TreeLearner),
        ["num_threads"] = nameof(Threads),
        ["seed"] = nameof(Seed),
        ["num_machines"] = nameof(World),
        ["machines"] = nameof(World),
        ["machine_list_filename"] = nameof(World),
        ["local_listen_port"] = nameof(World),
        ["time_out"] = nameof(World),
        ["pre_partition"] = "nothing: each rank reads its own part",
        ["weight_column"] = nameof(Weight),
        ["group_column"] = nameof(Group),
        ["eval_at"] = $"nothing: the loss is 1 − NDCG@{Training.EngineParameters.RanksInLoss}",
        ["linear_tree"] = "nothing: linear trees need the unbinned rows, which are not kept",
    };

    /// <summary>LightGBM's limit for num_leaves.</summary>
    private const int MostLeaves = 131_072;

    /// <summary>More than any machine has cores. LightGBM's thread library ends the process when it cannot have as many threads as it is told.</summary>
    private const int MostThreads = 1024;

    /// <summary>The parameter that lists the gain of each grade of a ranking.</summary>
    private const string Gains = "label_gain";

    /// <summary>The number of grades without that parameter.</summary>
    private const int UsualGrades = 31;

    /// <summary>The processes that train together. Default <see cref="LightGbmWorld.Single"/>.</summary>
    public LightGbmWorld World { get; init; } = LightGbmWorld.Single;

    /// <summary>The number of boosting iterations: trees, or trees for each class. Default 100.</summary>
    public int Iterations { get; init; } = 100;

    /// <summary>The largest number of leaves in a tree. Default 31.</summary>
    public int Leaves { get; init; } = 31;

    /// <summary>The factor by which the values of each new tree are multiplied. Default 0.1.</summary>
    public double LearningRate { get; init; } = 0.1;

    /// <summary>
    /// The smallest number of rows in a leaf, on all ranks together. LightGBM counts the rows on one rank, and estimates their number from second derivatives on several.
    /// To limit leaves by the same measure with any number of ranks, set 1 here, and the parameter <c>min_sum_hessian_in_leaf</c> to 1 or more. Default 20.
    /// </summary>
    public int MinRowsPerLeaf { get; init; } = 20;

    /// <summary>The largest number of bins into which the values of a feature are divided. Default 255.</summary>
    public int MaxBins { get; init; } = 255;

    /// <summary>The number of rows from which rank 0 computes the bins of the features; they are spread over the whole range. Default 200,000.</summary>
    public int SampleRows { get; init; } = 200_000;

    /// <summary>The names of the features whose values are categories: whole numbers from 0 to 16,777,215, of which neither order nor distance matters. Negative ones count as missing. Each must be a field of its own, not an item of a vector. Default none.</summary>
    public IReadOnlyList<string> CategoricalFeatures { get; init; } = [];

    /// <summary>The name of the column with the weight of each row, a number of at least 0. Name the dataset's Features if it should not be a feature too. Default null: every row has the weight 1.</summary>
    public string? Weight { get; init; }

    /// <summary>
    /// The name of the column with the query (group) of each row, a whole number: trains a ranking by LambdaRank, from a <see cref="LabelColumn.Regression"/> label with whole grades from 0 to 30, of which more is better.
    /// A query's rows may lie anywhere in the range; all go to the rank that its number gives, which reads the range twice. Split by this column (<see cref="DatasetSplit.ByField(string, double, double, long)"/>), so that no query is on both sides.
    /// Name the dataset's Features if it should not be a feature too. Default null: no ranking.
    /// </summary>
    public string? Group { get; init; }

    /// <summary>
    /// The rows on which the loss is computed after each iteration. Set <see cref="KafkaDatasetOptions.Split"/> to the other rows, so that the model is not trained from these.
    /// Default null: no loss is computed.
    /// </summary>
    public DatasetSplit? Validation { get; init; }

    /// <summary>Ends training when the loss on <see cref="Validation"/> has not become smaller for this number of iterations; the model has the iterations up to the smallest loss. Default null: all iterations.</summary>
    public int? EarlyStoppingRounds { get; init; }

    /// <summary>How several ranks find splits together. Default <see cref="LightGbmTreeLearner.Data"/>.</summary>
    public LightGbmTreeLearner TreeLearner { get; init; } = LightGbmTreeLearner.Data;

    /// <summary>The number of threads of this rank. It does not affect the model. At most 1024. Default null: one for each core.</summary>
    /// <remarks>LightGBM has one number of threads for a process: a training with another number waits until those that run have ended. ML.NET's own LightGBM trainers share it and do not wait: give them the same number when they train at the same time.</remarks>
    public int? Threads { get; init; }

    /// <summary>The seed of everything that is random: the sample for the bins, and LightGBM's own sampling. Default 1.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>
    /// The directory in which the state of the training is kept: every <see cref="CheckpointInterval"/> iterations, and on each rank that sees another one fail. A training that finds a state in it
    /// continues from there, with the same snapshot, whatever the number of ranks is now. It is removed when the training has finished.
    /// Ranks may share a directory or have one each. Default null: a training starts from the beginning.
    /// </summary>
    public string? CheckpointDirectory { get; init; }

    /// <summary>The number of iterations after which rank 0 writes the state into <see cref="CheckpointDirectory"/>. Default 10.</summary>
    public int CheckpointInterval { get; init; } = 10;

    /// <summary>Additional parameters, by LightGBM's names, for example <c>lambda_l2</c> or <c>feature_fraction</c>. Default none.</summary>
    public IReadOnlyDictionary<string, string> Parameters { get; init; } = new Dictionary<string, string>();

    /// <summary>Receives the progress of this rank. Default null.</summary>
    public IProgress<LightGbmProgress>? Progress { get; init; }

    /// <exception cref="InvalidOptionsException">The options are invalid; the message lists every problem found.</exception>
    internal void Validate(KafkaDatasetOptions dataset)
    {
        var faults = new List<string>();
        foreach ((string name, int value, int least) in new[]
        {
            (nameof(Iterations), Iterations, 1), (nameof(Leaves), Leaves, 2), (nameof(MinRowsPerLeaf), MinRowsPerLeaf, 1), (nameof(MaxBins), MaxBins, 2),
            (nameof(SampleRows), SampleRows, 1), (nameof(EarlyStoppingRounds), EarlyStoppingRounds ?? 1, 1), (nameof(Threads), Threads ?? 1, 1), (nameof(CheckpointInterval), CheckpointInterval, 1),
        })
        {
            if (value < least)
            {
                faults.Add(string.Create(CultureInfo.InvariantCulture, $"{name} is {value}, less than {least}"));
            }
        }

        if (Threads > MostThreads)
        {
            faults.Add(string.Create(CultureInfo.InvariantCulture, $"{nameof(Threads)} is {Threads}, more than {MostThreads}: more than there are cores makes training slower"));
        }

        if (Leaves > MostLeaves)
        {
            faults.Add(string.Create(CultureInfo.InvariantCulture, $"{nameof(Leaves)} is {Leaves}, more than {MostLeaves}"));
        }

        if (!(LearningRate > 0) || !double.IsFinite(LearningRate))
        {
            faults.Add(string.Create(CultureInfo.InvariantCulture, $"{nameof(LearningRate)} is {LearningRate}, not greater than 0"));
        }

        if (!Enum.IsDefined(TreeLearner))
        {
            faults.Add(string.Create(CultureInfo.InvariantCulture, $"{nameof(TreeLearner)} is {TreeLearner}, which is not one of its values"));
        }

        if (EarlyStoppingRounds is not null && Validation is null)
        {
            faults.Add($"{nameof(EarlyStoppingRounds)} is set without {nameof(Validation)}: say on which rows the loss is computed");
        }

        if (dataset.Label is null)
        {
            faults.Add($"the dataset has no {nameof(KafkaDatasetOptions.Label)}: set it in {nameof(KafkaDatasetOptions)}");
        }

        if (Weight is not null && (Weight.Length == 0 || Weight == dataset.Label?.Field))
        {
            faults.Add($"{nameof(Weight)} is '{Weight}', which is not a column besides the label");
        }

        if (Group is not null && (Group.Length == 0 || Group == dataset.Label?.Field || Group == Weight))
        {
            faults.Add($"{nameof(Group)} is '{Group}', which is not a column besides the label and the weight");
        }

        if (Group is not null && dataset.Label is { Kind: not LabelKind.Regression } label)
        {
            faults.Add($"{nameof(Group)} trains a ranking, and the label '{label.Field}' is {label.Kind}: use {nameof(LabelColumn)}.{nameof(LabelColumn.Regression)} with a grade for each row");
        }

        if (World is null)
        {
            faults.Add($"{nameof(World)} is null: leave it out, or set it to {nameof(LightGbmWorld)}.{nameof(LightGbmWorld.Single)}");
        }

        if (CategoricalFeatures is null)
        {
            faults.Add($"{nameof(CategoricalFeatures)} is null");
        }

        if (CheckpointDirectory is { } directory && string.IsNullOrWhiteSpace(directory))
        {
            faults.Add($"{nameof(CheckpointDirectory)} is empty");
        }

        faults.AddRange(World?.Faults().Select(f => $"{nameof(World)}: {f}") ?? []);
        CheckParameters(faults);
        if (faults.Count > 0)
        {
            throw new InvalidOptionsException(nameof(LightGbmOptions), faults);
        }
    }

    /// <summary>How many grades LightGBM knows the gain of.</summary>
    internal int Grades => Parameters.TryGetValue(Gains, out string? gains) ? gains.Split(',').Length : UsualGrades;

    /// <summary>Checks the names of the parameters against those that LightGBM has; needs its native library.</summary>
    /// <exception cref="InvalidOptionsException">LightGBM has no such parameter, or it is another name of one that an option sets.</exception>
    internal void CheckNames()
    {
        var faults = new List<string>();
        foreach (string name in Parameters.Keys)
        {
            string? main = Engine.ParameterNames.Find(name);
            if (main is null)
            {
                faults.Add($"{nameof(Parameters)} sets '{name}', which LightGBM does not have");
            }
            else if (Reserved.TryGetValue(main, out string? instead))
            {
                faults.Add($"{nameof(Parameters)} sets '{name}', another name of '{main}': use {instead}");
            }
        }

        if (faults.Count > 0)
        {
            throw new InvalidOptionsException(nameof(LightGbmOptions), faults);
        }
    }

    private void CheckParameters(List<string> faults)
    {
        if (Parameters is null)
        {
            faults.Add($"{nameof(Parameters)} is null");
            return;
        }

        foreach ((string name, string value) in Parameters)
        {
            if (Reserved.TryGetValue(name, out string? instead))
            {
                faults.Add($"{nameof(Parameters)} sets '{name}': use {instead}");
            }
            else if (name.Length == 0 || value is null || name.Concat(value).Any(c => char.IsWhiteSpace(c) || c is '='))
            {
                faults.Add($"{nameof(Parameters)} has '{name}' = '{value}', which is empty, or has a space or an equals sign");
            }
            else if (name == Gains && !value.Split(',').All(gain => double.TryParse(gain, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)))
            {
                faults.Add($"{nameof(Parameters)} has '{name}' = '{value}', which is not a list of numbers separated by commas, one for each grade");
            }
        }
    }
}
