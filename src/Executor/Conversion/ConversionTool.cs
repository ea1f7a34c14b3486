using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Migrate.Planner;

namespace Migrate.Executor.Conversion;

/// <summary>What a tool left.</summary>
/// <param name="ExitCode">Its status.</param>
/// <param name="Output">What it printed on its standard output, cut at <see cref="ConversionTool.MostOutput"/>.</param>
/// <param name="LastWords">The last lines that it said, for a message.</param>
internal sealed record ToolResult(int ExitCode, string Output, string LastWords);

/// <summary>Runs virt-v2v and its like: within a time, in a session of its own, with all that it says in the run's log up to a limit.</summary>
internal sealed class ConversionTool(string directory, string logPath, ConversionOptions options, bool withoutKvm, TimeProvider time)
{
    public const int MostOutput = 4 << 20;
    public const long MostLog = 16 << 20;
    private const int WordsKept = 5;

    public string Directory => directory;

    /// <exception cref="MigrateException"><c>conversion.timeout</c>, <c>conversion.tool-missing</c>.</exception>
    public async Task<ToolResult> RunAsync(string name, IReadOnlyList<string> command, TimeSpan limit, string? input, CancellationToken cancellationToken)
    {
        await using var log = new ToolLog(logPath);
        log.Write(string.Create(CultureInfo.InvariantCulture, $"== {time.GetUtcNow():u} {string.Join(' ', command)}"));
        using var ending = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ending.Token, cancellationToken);
        var words = new Queue<string>();
        using var process = Start(name, command);
        try
        {
            var output = OutputAsync(process.StandardOutput, log, words, either.Token);
            var errors = ErrorsAsync(process.StandardError, log, words, either.Token);
            await FeedAsync(process, input, either.Token);
            await Task.WhenAll(output, errors);
            await process.WaitForExitAsync(either.Token);
            log.Write(string.Create(CultureInfo.InvariantCulture, $"== {time.GetUtcNow():u} exit status {process.ExitCode}"));
            return new ToolResult(process.ExitCode, await output, string.Join(" | ", words));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new MigrateException(
                "conversion.timeout", $"{command[0]} did not end within {limit.TotalMinutes:0} min. Its last words: {string.Join(" | ", words)}",
                $"See its log, {logPath}. Where KVM does not work on this machine it takes many times longer; retry the run, or plan the VM with --convert never.");
        }
        finally
        {
            await ProcessGroup.EndAsync(process.Id, time, CancellationToken.None); // Also what a tool that ended left behind.
        }
    }

    private Process Start(string name, IReadOnlyList<string> command)
    {
        var leading = ProcessGroup.Leading(directory, name, command);
        var start = new ProcessStartInfo(leading[0], leading.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory,
            StandardOutputEncoding = Encoding.UTF8,
        };
        start.Environment["LC_ALL"] = "C.UTF-8"; // What it says is parsed, and names in guests are UTF-8.
        start.Environment.TryAdd("LIBGUESTFS_BACKEND", "direct"); // libvirt's needs rights that a service's directories do not give to QEMU's user.
        if (withoutKvm)
        {
            start.Environment.TryAdd("LIBGUESTFS_BACKEND_SETTINGS", "force_tcg");
        }

        foreach (var (key, value) in options.Environment)
        {
            start.Environment[key] = value;
        }

        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new MigrateException("conversion.tool-missing", $"{command[0]} cannot be run on this machine: {e.Message}", "Install util-linux (setsid), then retry the run.", e);
        }
    }

    private static async Task FeedAsync(Process process, string? input, CancellationToken cancellationToken)
    {
        try
        {
            await process.StandardInput.WriteAsync((input ?? "").AsMemory(), cancellationToken);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading; its exit status tells why.
        }
    }

    private static async Task<string> OutputAsync(StreamReader reader, ToolLog log, Queue<string> words, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            Keep(line, log, words);
            if (text.Length + line.Length < MostOutput)
            {
                text.Append(line).Append('\n');
            }
        }

        return text.ToString();
    }

    private static async Task ErrorsAsync(StreamReader reader, ToolLog log, Queue<string> words, CancellationToken cancellationToken)
    {
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            Keep(line, log, words);
        }
    }

    private static void Keep(string line, ToolLog log, Queue<string> words)
    {
        log.Write(line);
        lock (words)
        {
            if (line.Trim().Length > 0)
            {
                words.Enqueue(line.Length > 400 ? line[..400] + "…" : line.Trim());
            }

            while (words.Count > WordsKept)
            {
                words.Dequeue();
            }
        }
    }

    /// <summary>Lines at the end of a file that does not grow beyond its limit.</summary>
    private sealed class ToolLog : IAsyncDisposable
    {
        private readonly Lock _gate = new();
        private readonly StreamWriter _writer;
        private bool _isFull;

        public ToolLog(string path) => _writer = new StreamWriter(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite)) { AutoFlush = true };

        public void Write(string line)
        {
            lock (_gate)
            {
                if (_isFull)
                {
                    return;
                }

                _isFull = _writer.BaseStream.Length + line.Length > MostLog;
                _writer.Write(_isFull ? "… the log is full: what follows is left out\n" : line + "\n");
            }
        }

        public ValueTask DisposeAsync() => _writer.DisposeAsync();
    }
}
