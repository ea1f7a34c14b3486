using System.CommandLine;
using System.Text.Json;
using Migrate.Api.Hosting;
using Migrate.Api.Settings;
using Migrate.Planner;

namespace Migrate.Api.Cli;

/// <summary>One command as it was typed: its values, the server that it is for, and how it prints.</summary>
internal sealed class Invocation(CommandSet cli, ParseResult parsed) : IDisposable
{
    private ApiClient? _api;

    public Terminal Terminal => cli.Terminal;

    public ApiClient Api => _api ??= Connect();

    public bool AsJson => Is(cli.AsJson);

    public bool IsQuiet => Is(cli.Quiet);

    /// <summary>Commands find their server where its own settings say that it keeps its data.</summary>
    public DataDirectory Data => DataDirectory.Resolve(
        Has(cli.Data) && parsed.GetValue(cli.Data) is { } named
            ? named
            : SettingValues.Read(SettingReaders.Serve, _ => null, Terminal.Environment, [], config: null).Get(SettingCatalogue.Data),
        Terminal.Environment,
        System.Environment.IsPrivilegedProcess);

    /// <summary>What stands on the command line for an option, also without a value; null when the option does not.</summary>
    public IReadOnlyList<string>? Typed(Option option) =>
        parsed.GetResult(option) is { Implicit: false } result ? [.. result.Tokens.Select(x => x.Value)] : null;

    public T? Get<T>(Option<T> option) => parsed.GetValue(option);

    /// <summary>The value of an argument that may be left out.</summary>
    public T? Find<T>(Argument<T> argument) => parsed.GetValue(argument);

    public T Get<T>(Argument<T> argument) => parsed.GetRequiredValue(argument);

    public async Task<int> RunAsync(Func<Invocation, CancellationToken, Task<int>> body, CancellationToken cancellationToken)
    {
        try
        {
            return await body(this, cancellationToken);
        }
        catch (CommandFailure failure)
        {
            Fail(new FailureText(failure.Message, failure.Code, failure.Remedy, failure.Details, failure.ExitCode));
            return failure.ExitCode;
        }
        catch (MigrateException failure)
        {
            Fail(new FailureText(failure.Message, failure.Code, failure.Remedy, failure.LeftBehind, ExitCode.Failed));
            return ExitCode.Failed;
        }
        catch (NotSent call)
        {
            Print(call.Call, call.Write);
            return ExitCode.Done;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            SayAnyway(_api?.IsChanging == true ? "Interrupted while the server was asked to change something: see whether it did before you ask again." : "Interrupted.");
            return ExitCode.Interrupted;
        }
    }

    /// <summary>A message to a person; never data.</summary>
    public void Say(string message)
    {
        if (!IsQuiet)
        {
            SayAnyway(message);
        }
    }

    /// <summary>The same, of what nobody should miss.</summary>
    public void SayAnyway(string message) => Terminal.Error.WriteLine(message);

    /// <summary>Only on a terminal: a script has said what it wants by running the command.</summary>
    public void AskBack()
    {
        if (!Terminal.InIsTerminal || !Terminal.ErrorIsTerminal || Is(cli.Yes) || Is(cli.DryRun))
        {
            return;
        }

        Terminal.Error.Write($"{string.Join(' ', parsed.Tokens.Select(x => Table.Clean(x.Value)))}: this cannot be taken back. Go on? [y/N] ");
        if (Terminal.In.ReadLine()?.Trim().ToLowerInvariant() is not ("y" or "yes"))
        {
            throw new CommandFailure(ExitCode.Failed, "Nothing was done.", "Answer y, or give --yes.");
        }
    }

    public void PrintJson<T>(T value) => Terminal.Out.WriteLine(JsonSerializer.Serialize(value, Json.Indented));

    /// <summary>The value as JSON when that was asked for, else as <paramref name="forPeople"/> writes it.</summary>
    public void Print<T>(T value, Action<TextWriter> forPeople)
    {
        if (AsJson)
        {
            PrintJson(value);
        }
        else
        {
            forPeople(Is(cli.Plain) ? new PlainOutput(Terminal.Out) : Terminal.Out);
        }
    }

    public void Dispose() => _api?.Dispose();

    private bool Has(Option option) => parsed.CommandResult.Command.Options.Contains(option);

    private bool Is(Option<bool> option) => Has(option) && parsed.GetValue(option);

    private void Fail(FailureText failure) => failure.Write(Terminal, AsJson, Terminal.Colours && !Is(cli.NoColor));

    private ApiClient Connect()
    {
        var data = Data;
        var server = parsed.GetValue(cli.Server) ?? Terminal.Environment("MIGRATE_SERVER") ?? ReadLine(data.ServerUrl) ?? "http://127.0.0.1:7080";
        if (!Uri.TryCreate(server, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
        {
            throw new CommandFailure(ExitCode.Usage, $"'{server}' is no URL of a server.", "Give --server as http://127.0.0.1:7080.");
        }

        return new ApiClient(url, Token(data)) { IsDryRun = Is(cli.DryRun), Say = Say };
    }

    private string Token(DataDirectory data)
    {
        if (parsed.GetValue(cli.TokenFile) is { } file)
        {
            return ReadLine(file) ?? throw new CommandFailure(ExitCode.NotAuthorised, $"Cannot read a token from {file}.", "Name the server's admin.token, and run as a user who may read it.");
        }

        return Terminal.Environment("MIGRATE_TOKEN") ?? ReadLine(data.Token) ?? throw new CommandFailure(
            ExitCode.NotAuthorised,
            $"There is no token: {data.Token} cannot be read.",
            "Name the server's data directory with --data or MIGRATE_DATA, or give --token-file or MIGRATE_TOKEN.");
    }

    private static string? ReadLine(string path)
    {
        try
        {
            return File.ReadLines(path).FirstOrDefault()?.Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
