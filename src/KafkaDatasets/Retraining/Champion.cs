using KafkaDatasets.Diagnostics;
using KafkaDatasets.Scoring;
using Microsoft.Extensions.Logging;
using Microsoft.ML;

namespace KafkaDatasets.Retraining;

/// <summary>The model in use: the one of the directory that scorers take. A model that has been loaded stays in use, as with them, when its file is damaged or removed and there is no other.</summary>
internal sealed class Champion(RetrainingOptions options, MLContext ml, ILogger logger)
{
    public const string Pattern = "*.zip";

    private IModelSource _source = SourceOf(options, ml);
    private ScoringModel? _model;

    /// <summary>The name of a model's file, without extension.</summary>
    public static string NameOf(ScoringModel model) => model.Version[..model.Version.LastIndexOf('@')];

    /// <summary>Looks for the newest model that can be loaded.</summary>
    /// <exception cref="ModelException">No model can be loaded, and none has been loaded before.</exception>
    public async Task<ScoringModel> FindAsync(CancellationToken cancellationToken)
    {
        string? current = _model?.Version;
        if (_model is not null && !File.Exists(Path.Combine(options.ModelDirectory, $"{NameOf(_model)}.zip")))
        {
            // A source never goes back to an older file, but scorers that start now do.
            _source = SourceOf(options, ml);
            current = null;
        }

        try
        {
            _model = await _source.FindAsync(current, cancellationToken).ConfigureAwait(false) ?? _model;
        }
        catch (ModelException e) when (_model is not null)
        {
            Log.ModelRefused(logger, e.Message);
        }

        return _model
            ?? throw new ModelException($"The directory {ModelFiles.Shown(options.ModelDirectory)} {(Directory.Exists(options.ModelDirectory) ? $"has no model ({Pattern})" : "does not exist")}: train the first model before the loop starts.");
    }

    private static IModelSource SourceOf(RetrainingOptions options, MLContext ml) => ModelSource.Directory(options.ModelDirectory, Pattern, ml);
}
