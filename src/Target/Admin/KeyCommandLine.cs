using Migrate.Target.Authentication;
using Migrate.Target.Tls;

namespace Migrate.Target.Admin;

/// <summary><c>migrate-target key</c>: secrets of hosts. A secret comes by a file or standard input, never as an argument, which every user of the machine could read.</summary>
internal static class KeyCommandLine
{
    public const string Usage = """
        usage: migrate-target key generate     [--hash none|sha256|sha384|sha512]
               migrate-target key generate-tls [--hash sha256|sha384]
               migrate-target key set     --directory DIR --host NQN [--from FILE]
               migrate-target key set-tls --directory DIR --host NQN [--from FILE] [--compat]
               migrate-target key remove  --directory DIR --host NQN
               migrate-target key list    --directory DIR

        Secrets of hosts. From its next connection on a host that has a secret for in-band authentication (DH-HMAC-CHAP)
        must authenticate, and one that has a key for TLS must come by a port with TLS. A target that runs on DIR takes
        the change up by itself.

          generate, generate-tls   print a new secret (DHHC-1:...) or key (NVMeTLSkey-1:...), by default for sha256
          set                      read the host's secret from the first line, and from a second one the secret by which
                                   the target proves itself to the host when the host asks for it
          set-tls                  read the key for TLS from the first line
          --from FILE              read there and not from standard input
          --compat                 the host's nvme-cli is older than 2.16, which derives otherwise than the specification
          --host NQN               the line in the host's /etc/nvme/hostnqn
        """;

    private sealed record Request(string Verb, string? Directory, string? Host, string? From, DhChapHash Hash, bool IsCompatible);

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
            case "generate-tls" when request.Hash is DhChapHash.Sha256 or DhChapHash.Sha384:
                await output.WriteLineAsync(TlsKey.Generate(sha384: request.Hash == DhChapHash.Sha384).Reveal());
                break;
            case "generate-tls":
                throw new FormatException("TLS has sha256 and sha384 only");
            case "set":
                HostKeyFile.ThrowIfNoNqn(Needed(request.Host, "--host"));
                await SetAsync(request, input, 2, lines =>
                    FileOf(request).Set(request.Host!, DhChapSecret.Parse(lines[0]), lines.Length == 2 ? DhChapSecret.Parse(lines[1]) : null));
                break;
            case "set-tls":
                HostKeyFile.ThrowIfNoNqn(Needed(request.Host, "--host"));
                await SetAsync(request, input, 1, lines => FileOf(request).Set(request.Host!,
                    new HostTlsKey(TlsKey.Parse(lines[0]), request.IsCompatible ? TlsDerivation.Compatible : TlsDerivation.Standard)));
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

    private static async Task SetAsync(Request request, TextReader input, int mostLines, Action<string[]> set)
    {
        try
        {
            using var file = request.From is null ? null : new StreamReader(request.From);
            var lines = (await (file ?? input).ReadToEndAsync()).Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            if (lines.Length < 1 || lines.Length > mostLines)
            {
                throw new FormatException($"there are {lines.Length} lines, not {(mostLines == 1 ? "one" : "one or two")}");
            }

            set(lines);
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
        {
            throw new TargetException("target.invalid-secret", $"No secret can be read from {request.From ?? "standard input"}: {e.Message}",
                "Give it in the first line, as migrate-target key generate or nvme gen-dhchap-key (for TLS: generate-tls, gen-tls-key) prints it.", e);
        }
    }

    private static Request Parse(string[] args)
    {
        var request = new Request(args.ElementAtOrDefault(0) ?? "", null, null, null, DhChapHash.Sha256, false);
        for (var i = 1; i < args.Length; i++)
        {
            var name = args[i];
            string Value() => ++i < args.Length ? args[i] : throw new FormatException($"{name} needs a value");
            request = name switch
            {
                "--directory" => request with { Directory = Value() },
                "--host" => request with { Host = Value() },
                "--from" => request with { From = Value() },
                "--compat" => request with { IsCompatible = true },
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
