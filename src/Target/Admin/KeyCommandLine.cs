using Migrate.Target.Authentication;

namespace Migrate.Target.Admin;

/// <summary><c>migrate-target key</c>: secrets of hosts. A secret comes by a file or standard input, never as an argument, which every user of the machine could read.</summary>
internal static class KeyCommandLine
{
    public const string Usage = """
        usage: migrate-target key generate [--hash none|sha256|sha384|sha512]
               migrate-target key set    --directory DIR --host NQN [--from FILE]
               migrate-target key remove --directory DIR --host NQN
               migrate-target key list   --directory DIR

        Secrets for in-band authentication (DH-HMAC-CHAP). A host that has one must authenticate when it connects next; a
        target that runs on DIR takes the change up by itself.

          generate                 print a new secret (DHHC-1:...), by default for sha256
          set                      read the host's secret from the first line, and from a second one the secret by which
                                   the target proves itself to the host when the host asks for it
          --from FILE              read there and not from standard input
          --host NQN               the line in the host's /etc/nvme/hostnqn
        """;

    private sealed record Request(string Verb, string? Directory, string? Host, string? From, DhChapHash Hash);

    /// <exception cref="FormatException">The arguments are wrong.</exception>
    /// <exception cref="TargetException">It cannot be done.</exception>
    public static async Task RunAsync(string[] args, TextReader input, TextWriter output)
    {
        var request = Parse(args);
        switch (request.Verb)
        {
            case "generate":
                await output.WriteLineAsync(DhChapSecret.Generate(request.Hash).Reveal());
                break;
            case "set":
                HostKeyFile.ThrowIfNoNqn(Needed(request.Host, "--host"));
                FileOf(request).Set(request.Host!, await ReadSecretsAsync(request.From, input));
                break;
            case "remove":
                if (!FileOf(request).Remove(Needed(request.Host, "--host")))
                {
                    throw new TargetException("target.no-host-keys", $"{request.Host} has no secret here.", "See: migrate-target key list");
                }

                break;
            case "list":
                foreach (var host in FileOf(request).HostNqns)
                {
                    await output.WriteLineAsync(host);
                }

                break;
            default:
                throw new FormatException($"unknown command \"key {request.Verb}\"");
        }
    }

    private static HostKeyFile FileOf(Request request) => new(Needed(request.Directory, "--directory"));

    private static string Needed(string? value, string option) => value ?? throw new FormatException($"{option} is missing");

    private static async Task<HostKeys> ReadSecretsAsync(string? path, TextReader input)
    {
        try
        {
            using var file = path is null ? null : new StreamReader(path);
            var lines = (await (file ?? input).ReadToEndAsync()).Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            return lines.Length is 1 or 2
                ? new HostKeys(DhChapSecret.Parse(lines[0]), lines.Length == 2 ? DhChapSecret.Parse(lines[1]) : null)
                : throw new FormatException($"there are {lines.Length} lines, not one or two");
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
        {
            throw new TargetException("target.invalid-secret", $"No secret can be read from {path ?? "standard input"}: {e.Message}",
                "Give the host's secret in the first line, as migrate-target key generate or nvme gen-dhchap-key prints it.", e);
        }
    }

    private static Request Parse(string[] args)
    {
        var request = new Request(args.ElementAtOrDefault(0) ?? "", null, null, null, DhChapHash.Sha256);
        for (var i = 1; i < args.Length; i++)
        {
            var name = args[i];
            string Value() => ++i < args.Length ? args[i] : throw new FormatException($"{name} needs a value");
            request = name switch
            {
                "--directory" => request with { Directory = Value() },
                "--host" => request with { Host = Value() },
                "--from" => request with { From = Value() },
                "--hash" => request with { Hash = HashNamed(Value()) },
                _ => throw new FormatException($"unknown option \"{name}\""),
            };
        }

        return request;
    }

    /// <summary>A hash by its name; <c>none</c> is one for secrets.</summary>
    public static DhChapHash HashNamed(string name) =>
        Enum.TryParse<DhChapHash>(name, ignoreCase: true, out var hash) && Enum.IsDefined(hash) && !char.IsAsciiDigit(name[0])
            ? hash
            : throw new FormatException($"\"{name}\" is none of none, sha256, sha384, sha512");

    /// <summary>A group by its name.</summary>
    public static DhChapGroup GroupNamed(string name) =>
        Enum.TryParse<DhChapGroup>(name, ignoreCase: true, out var group) && Enum.IsDefined(group) && !char.IsAsciiDigit(name[0])
            ? group
            : throw new FormatException($"\"{name}\" is none of null, ffdhe2048, ffdhe3072, ffdhe4096, ffdhe6144, ffdhe8192");
}
