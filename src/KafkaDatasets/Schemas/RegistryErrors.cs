using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Confluent.SchemaRegistry;

namespace KafkaDatasets.Schemas;

/// <summary>Describes a failure between Confluent's registry client and the registry: the address, the HTTP status, and the remedy.</summary>
internal static partial class RegistryErrors
{
    public const int SubjectNotFound = 40401;

    /// <summary>Converts a failed request to an exception.</summary>
    /// <param name="error">The exception that the client threw.</param>
    /// <param name="client">The client.</param>
    /// <param name="request">What was requested, for example <c>the schema of id 7</c>.</param>
    /// <param name="timeout">The timeout of the request.</param>
    /// <param name="remedy">Returns the remedy for an error code of the registry, or null when the HTTP status alone decides it.</param>
    public static SchemaException Of(Exception error, ISchemaRegistryClient client, string request, TimeSpan timeout, Func<int, string?> remedy)
    {
        string registry = Address(client) is { Length: > 0 } address ? $"The schema registry at {address}" : "The schema registry";
        switch (error)
        {
            case SchemaRegistryException refusal:
                return Refused(refusal, registry, request, remedy);
            case TimeoutException:
                return Failed($"{registry} did not respond to the request for {request} within {Seconds(timeout)}. Check its address and that it runs.", error);
            case HttpRequestException or IOException or OperationCanceledException or System.Net.Sockets.SocketException:
                return Unanswered(error, registry, request);
            case NullReferenceException when Setting(client, SchemaRegistryConfig.PropertyNames.SchemaRegistryMaxRetries) == "0":
                return Failed($"{registry} was not asked for {request}: Confluent's client makes no request with {SchemaRegistryConfig.PropertyNames.SchemaRegistryMaxRetries} = 0. Set it to 1 or more.", error);
            default:
                return Failed($"{registry} gave a response to the request for {request} that is not a schema registry's: {Reason(error.Message)}. Check that the address is a schema registry's, with its path.", error);
        }
    }

    /// <summary>Returns the addresses that a client was given, without any credentials in them; null when the client does not expose them.</summary>
    private static string? Address(ISchemaRegistryClient client) => Setting(client, SchemaRegistryConfig.PropertyNames.SchemaRegistryUrl) is { } urls ? WithoutCredentials(urls) : null;

    private static string? Setting(ISchemaRegistryClient client, string name)
    {
        try
        {
            return client.Config?.FirstOrDefault(c => c.Key == name).Value;
        }
        catch (Exception)
        {
            return null; // the client may be the caller's own class and not expose them; they only add to a message
        }
    }

    private static SchemaException Refused(SchemaRegistryException refusal, string registry, string request, Func<int, string?> remedy)
    {
        int status = (int)refusal.Status;
        bool hasCode = refusal.ErrorCode > 0;
        string message = Suffix().Replace(refusal.Message ?? "", "");
        string code = hasCode && refusal.ErrorCode != status ? string.Create(CultureInfo.InvariantCulture, $", error code {refusal.ErrorCode}") : "";
        string reason = message.Length > 0 ? $": {Reason(message)}" : "";
        string advice = (hasCode ? remedy(refusal.ErrorCode) : null) ?? OfStatus(status, hasCode);
        return new SchemaException($"{registry} refused the request for {request} with HTTP status {Describe(status)}{code}{reason}. {advice}", refusal)
        {
            ErrorCode = hasCode ? refusal.ErrorCode : null,
            HttpStatus = status,
            IsRegistryFault = !hasCode || status is < 400 or 401 or 403 or 408 or 429 or >= 500,
        };
    }

    private static SchemaException Unanswered(Exception error, string registry, string request)
    {
        string text = WithoutCredentials(error.Message);
        if (StatusIn(text) is { } status)
        {
            return new SchemaException($"{registry} failed at the request for {request} with HTTP status {Describe(status)}: {Reason(text)}. {OfStatus(status, hasCode: true)}", error) { HttpStatus = status, IsRegistryFault = true };
        }

        return error is OperationCanceledException || text.Contains(nameof(TaskCanceledException), StringComparison.Ordinal)
            ? Failed($"{registry} did not respond to the request for {request} within the time-out of its client ({SchemaRegistryConfig.PropertyNames.SchemaRegistryRequestTimeoutMs}): {Reason(text)}. Check its address and that it runs.", error)
            : Failed($"{registry} cannot be reached for {request}: {Reason(text)}. Check its address and that it runs.", error);
    }

    /// <summary>The client keeps the status of a retried request only as text: <c>[http://host/] InternalServerError -1 …</c>.</summary>
    private static int? StatusIn(string message)
    {
        foreach (Match match in Status().Matches(message))
        {
            if (match.Groups[1].Value == "HttpRequestException: Unauthorized")
            {
                return (int)HttpStatusCode.Unauthorized;
            }

            if (Enum.TryParse(match.Groups[1].Value, out HttpStatusCode status) && (int)status >= 300)
            {
                return (int)status;
            }
        }

        return null;
    }

    private static string OfStatus(int status, bool hasCode) => status switch
    {
        401 or 403 => "The credentials were refused: check those that the registry client was given, and their rights.",
        404 when !hasCode => "This is not a schema registry's error: check that the address has the registry's path, for example '/apis/ccompat/v7' for Apicurio or '/registry' behind some proxies.",
        408 or 504 => "Check that the registry runs, and the proxies before it.",
        429 => "Too many requests were sent: wait, or ask for a higher limit.",
        >= 500 => "The fault is on the registry's side: look at its log, and at the proxies before it.",
        < 400 => "Check that the address is a schema registry's, with its path.",
        _ when !hasCode => "This is not a schema registry's error: check that the address is a schema registry's, with its path.",
        _ => "Check the registry.",
    };

    private static SchemaException Failed(string message, Exception error) => new(message, error) { IsRegistryFault = true };

    private static string Describe(int status) =>
        string.Create(CultureInfo.InvariantCulture, $"{status}{(Enum.IsDefined((HttpStatusCode)status) ? $" ({(HttpStatusCode)status})" : "")}");

    private static string Seconds(TimeSpan timeout) => string.Create(CultureInfo.InvariantCulture, $"{timeout.TotalSeconds:0.###} s");

    private static string Reason(string message) => WithoutCredentials(message).Trim().TrimEnd('.');

    private static string WithoutCredentials(string text) => Credentials().Replace(text, "://");

    [GeneratedRegex(@"://[^/@\s\]]*@")]
    private static partial Regex Credentials();

    [GeneratedRegex(@"; error code: -?[0-9]+\z")]
    private static partial Regex Suffix();

    [GeneratedRegex(@"\] (HttpRequestException: Unauthorized|[A-Za-z]+|[0-9]{3})\b")]
    private static partial Regex Status();
}
