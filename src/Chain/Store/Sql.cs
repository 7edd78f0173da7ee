using Microsoft.Data.Sqlite;

namespace VideoMesh.Chain.Store;

/// <summary>Shorthands for statements with numbered parameters, <c>$1</c> being the first.</summary>
internal static class Sql
{
    internal static int Execute(this SqliteConnection connection, string sql, params ReadOnlySpan<object> parameters)
    {
        using var command = connection.Command(sql, parameters);
        return command.ExecuteNonQuery();
    }

    /// <returns>The first column of the first row; null when there is none.</returns>
    internal static object? Scalar(this SqliteConnection connection, string sql, params ReadOnlySpan<object> parameters)
    {
        using var command = connection.Command(sql, parameters);
        return command.ExecuteScalar();
    }

    internal static List<T> Rows<T>(this SqliteConnection connection, Func<SqliteDataReader, T> map, string sql, params ReadOnlySpan<object> parameters)
    {
        using var command = connection.Command(sql, parameters);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(map(reader));
        }

        return rows;
    }

    /// <summary>For a statement that is executed many times within one transaction.</summary>
    internal static PreparedSql Prepare(this SqliteConnection connection, string sql, int parameters) => new(connection.Command(sql, new object[parameters]));

    private static SqliteCommand Command(this SqliteConnection connection, string sql, ReadOnlySpan<object> parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        for (var i = 0; i < parameters.Length; i++)
        {
            command.Parameters.AddWithValue($"${i + 1}", parameters[i]);
        }

        return command;
    }
}

/// <summary>A statement with its parameters still to be given.</summary>
internal sealed class PreparedSql(SqliteCommand command) : IDisposable
{
    internal void Execute(params ReadOnlySpan<object> parameters)
    {
        for (var i = 0; i < parameters.Length; i++)
        {
            command.Parameters[i].Value = parameters[i];
        }

        command.ExecuteNonQuery();
    }

    public void Dispose() => command.Dispose();
}
