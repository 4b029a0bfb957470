import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, failure, schemaOf } from './helpers.js';
import { parseReference } from './reference-parser.js';

describe('NULL against empty', () => {
  it('takes an unquoted empty field for NULL and a quoted one for the empty text', async () => {
    const { rows } = await decode('a,b,c\n,"",x\n"",,\n', { types: { a: 'utf8', b: 'utf8', c: 'utf8' } });
    expect(rows).toEqual([
      [null, '', 'x'],
      ['', null, null],
    ]);
  });

  it('does so in the first and the last field, at the end of the file, and with every line end', async () => {
    for (const end of ['\n', '\r\n', '\r']) {
      const text = ['a,b', '"",', ',""', '"",""'].join(end);
      const { rows } = await decode(text, { types: { a: 'utf8', b: 'utf8' } }, { size: 1 });
      expect(rows, JSON.stringify(end)).toEqual([
        ['', null],
        [null, ''],
        ['', ''],
      ]);
    }
  });

  it('knows other texts for NULL, where they are not quoted', async () => {
    const { rows } = await decode('a,b\nNA,"NA"\n\\N,""\n,NAN\n', {
      null_values: ['NA', '\\N'],
      types: { a: 'utf8' },
    });
    expect(rows).toEqual([
      [null, 'NA'],
      [null, ''],
      ['', 'NAN'],
    ]);
  });

  it('knows no NULL at all with an empty list', async () => {
    const { rows } = await decode('a,b\n,""\n', { null_values: [] });
    expect(rows).toEqual([['', '']]);
  });

  it('leaves a header alone that is spelled as NULL', async () => {
    const { schema, rows } = await decode('NA,b\nNA,1\n', { null_values: ['NA'] });
    expect(schema?.fields.map(({ name }) => name)).toEqual(['NA', 'b']);
    expect(rows).toEqual([[null, '1']]);
  });

  it('knows NULL in the first row of a file without a header', async () => {
    const { rows } = await decode('NA,"NA"\nx,y\n', { header: false, null_values: ['NA'] });
    expect(rows).toEqual([
      [null, 'NA'],
      ['x', 'y'],
    ]);
  });
});

describe('the grammar', () => {
  const text = fc
    .array(fc.constantFrom('a', '1', ',', '"', '""', '\n', '\r\n', '\r', ' ', 'é', '","', '",', ',"'), {
      maxLength: 24,
    })
    .map((parts) => parts.join(''));

  it('is that of a plain parser, however the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 9 }), async (body, size) => {
        const wanted = parseReference(body, ',');
        const types = schemaOf(
          Object.fromEntries(
            Array.from({ length: wanted.width }, (_, index) => [`column${index + 1}`, 'utf8']),
          ),
        );
        const found = decode(body, { header: false }, { size, schema: types });
        if (wanted.error !== undefined) expect((await failure(found)).line).toBe(wanted.error);
        else expect((await found).rows).toEqual(wanted.rows);
      }),
      { seed: 8, numRuns: 4000 },
    );
  });

  it('takes delimiters of several characters, tabs and semicolons', async () => {
    for (const delimiter of [';', '\t', '|', '||', '<,>']) {
      const { rows } = await decode(
        `a${delimiter}b\n"x${delimiter}y"${delimiter}z\n`,
        { delimiter },
        { size: 1 },
      );
      expect(rows, delimiter).toEqual([[`x${delimiter}y`, 'z']]);
    }
  });

  it('takes quotes for ordinary characters where there are none', async () => {
    for (const quote of [null, false] as const) {
      const { rows } = await decode('a,b\n"x,5" y\n', { quote });
      expect(rows).toEqual([['"x', '5" y']]);
    }
  });

  it('knows another quote, and an escape that is not the quote', async () => {
    const { rows } = await decode("a,b\n'it\\'s','c:\\\\d'\n", { quote: "'", escape: '\\' }, { size: 1 });
    expect(rows).toEqual([["it's", 'c:\\d']]);
  });

  it('leaves out lines that begin with the comment, quotes in them and all', async () => {
    const { rows } = await decode(
      '# it\'s "so"\na,b\n#1,2\n3,#4\n"#5",6 # no\n',
      { comment: '#' },
      { size: 1 },
    );
    expect(rows).toEqual([
      ['3', '#4'],
      ['#5', '6 # no'],
    ]);
  });

  it('drops white space around fields with `trim`, and not inside quotes', async () => {
    const { rows } = await decode('a , b\n  x ,  " y " \n   , ""\n', { trim: true }, { size: 1 });
    expect(rows).toEqual([
      ['x', ' y '],
      [null, ''],
    ]);
    expect((await decode('a\n x \n')).rows).toEqual([[' x ']]);
  });

  it('leaves out blank lines where there are several columns, and reads NULL from them where there is one', async () => {
    expect((await decode('\n\na,b\n\n1,2\n\n\n')).rows).toEqual([['1', '2']]);
    expect((await decode('a\n1\n\n2\n')).rows).toEqual([['1'], [null], ['2']]);
    expect((await failure(decode('a,b\n \n'))).found).toBe(1);
    expect((await failure(decode('a,b\n""\n'))).found).toBe(1);
  });

  it('reads a value of 20 MB', async () => {
    const value = 'päx"'.repeat(5_000_000);
    const { rows } = await decode(`a,b\n1,"${value.replaceAll('"', '""')}"\n2,x\n`);
    expect(rows[0]![1] === value).toBe(true);
    expect(rows[1]).toEqual(['2', 'x']);
  });
});

describe('files without rows', () => {
  it('yields nothing of a file without bytes, or with a mark alone', async () => {
    expect((await decode('')).batches).toEqual([]);
    expect((await decode('\ufeff')).batches).toEqual([]);
    expect((await decode('\n\n')).batches).toEqual([]);
    expect((await decode('', { header: false })).batches).toEqual([]);
  });

  it('yields the schema of a header alone', async () => {
    for (const text of ['id,name', 'id,name\n', '\ufeffid,name\r\n']) {
      const { batches, schema } = await decode(text, { types: { id: 'int64' } });
      expect(batches).toHaveLength(1);
      expect(batches[0]!.length).toBe(0);
      expect(schema).toEqual(schemaOf({ id: 'int64', name: 'utf8' }));
    }
  });

  it('yields the schema of columns that the options name', async () => {
    const { batches } = await decode('', { header: false, columns: ['x'] });
    expect(batches.map(({ length, schema }) => [length, schema])).toEqual([[0, schemaOf({ x: 'utf8' })]]);
  });
});

describe('lines that are wrong', () => {
  it('names the line where a ragged row begins, and both counts', async () => {
    const text = 'a,b\n"1\n1",x\n# no comment,\n\n1,2,3,4\n';
    expect(await failure(decode(text))).toMatchObject({
      code: 'DATA',
      message: 'The row has 4 fields, expected are 2.',
      line: 6,
      expected: 2,
      found: 4,
    });
    expect(await failure(decode('a,b\r\n1\r\n'))).toMatchObject({ line: 2, expected: 2, found: 1 });
  });

  it('counts lines through comments and quoted line ends of any kind', async () => {
    for (const end of ['\n', '\r\n', '\r']) {
      const text = ['#', 'a,b', '#', '"1', '2', '3",x', '', '#', 'bad'].join(end);
      for (const size of [1, 3, 1000]) {
        const found = await failure(decode(text, { comment: '#' }, { size }));
        expect(found.line, JSON.stringify([end, size])).toBe(9);
      }
    }
  });

  it('names the record that an open quote begins in', async () => {
    expect(await failure(decode('a,b\n1,2\n3,"4\n5,6\n'))).toMatchObject({ code: 'DATA', line: 3, field: 2 });
  });

  it('refuses stray quotes', async () => {
    expect(await failure(decode('a,b\n1,x"y\n'))).toMatchObject({ line: 2, field: 2 });
    expect(await failure(decode('a,b\n1,2\n"x"y,1\n'))).toMatchObject({ line: 3, field: 1 });
    expect(await failure(decode('a,b\n"x" ,1\n'))).toMatchObject({ line: 2, field: 1 });
    expect(await failure(decode('a,b\n"x"\0,1\n'))).toMatchObject({ line: 2, field: 1 });
    expect(await failure(decode('a,b\n"x"# y,1\n', { comment: '#' }))).toMatchObject({ line: 2, field: 1 });
    expect(await failure(decode('a,b\n"x" y,1\n', { trim: true }))).toMatchObject({ line: 2, field: 1 });
  });

  it('keeps a NUL that is part of a value', async () => {
    expect((await decode('a,b\n"x\0""\0",\0\n')).rows).toEqual([['x\0"\0', '\0']]);
  });

  it('refuses line ends of another kind outside quotes', async () => {
    expect(await failure(decode('a,b\r\n1,2\r\n3,4\n5,6\r\n'))).toMatchObject({ code: 'DATA', line: 3 });
    expect(await failure(decode('a\r\n1\n2\r\n'))).toMatchObject({ line: 2 });
    expect(await failure(decode('a\n1\r2\n'))).toMatchObject({ line: 2 });
    expect(await failure(decode('a\n1\n2\r\n'))).toMatchObject({ line: 3 });
    expect((await decode('a\n"1\r2"\n')).rows).toEqual([['1\r2']]);
  });

  it('finds a line end of another kind that comes many pieces later', async () => {
    const text = `a,b\n${'1,2\n'.repeat(1000)}1,2\r3\n`;
    expect(await failure(decode(text, { types: { b: 'utf8' } }, { size: 7 }))).toMatchObject({ line: 1002 });
  });
});
