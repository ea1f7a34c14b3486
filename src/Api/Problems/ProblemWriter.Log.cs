namespace Migrate.Api.Problems;

internal sealed partial class ProblemWriter
{
    [LoggerMessage(601, LogLevel.Error, "{Method} {Path} failed ({TraceId})")]
    private partial void LogDefect(Exception exception, string method, string path, string traceId);

    [LoggerMessage(602, LogLevel.Information, "{Method} {Path} answered {Status}: {Title}")]
    private partial void LogRefused(string method, string path, int status, string title);
}
