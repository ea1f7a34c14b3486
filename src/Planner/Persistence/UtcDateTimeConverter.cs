using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Migrate.Planner.Persistence;

/// <summary>SQLite gives back DateTimes of unspecified kind; ours are UTC everywhere, so say so on the way out.</summary>
internal sealed class UtcDateTimeConverter()
    : ValueConverter<DateTime, DateTime>(v => v.ToUniversalTime(), v => DateTime.SpecifyKind(v, DateTimeKind.Utc));
